import Foundation
import Memory
import MemoryModules
import ModelFiles
import Transformer

/// A sound memory file of every module, changed as the bytes say, with checksums that agree: loaded, read from, saved.
///
/// The bytes are a program of changes: one byte for what is done, one for where, two for a length, then that many bytes.
/// So the fuzzer's changes reach the journal, the ledger, the adapter and the modules' tensors instead of ending at a
/// checksum. Bytes that begin with a zero are a file as it is.
enum MemoryTarget {
  private static let tiny: TinyLlama = {
    guard let tiny = try? TinyLlama(seed: 1) else { Target.report("the model cannot be made") }
    return tiny
  }()

  private static let original: ForgedMemory = {
    let path = Target.environment("MNEME_FUZZ_MEMORY")
    guard let file = try? SafetensorsFile.open(path) else { Target.report("no memory at \(path)") }
    return ForgedMemory(file)
  }()

  static func run(_ bytes: UnsafeRawBufferPointer) {
    guard let first = bytes.first else { return }
    if first == 0 {
      load(Target.write(UnsafeRawBufferPointer(rebasing: bytes[1...]), as: "raw.mneme"))
      return
    }
    var memory = original
    var edits = Edits(bytes: bytes)
    while let edit = edits.next() { edit.apply(to: &memory) }
    let file = memory.serialized()
    let path = file.withUnsafeBytes { Target.write($0, as: "forged.mneme") }
    load(path)
  }

  private static func load(_ path: String) {
    _ = try? DetachableMemory.info(path)
    guard
      let memory = try? DetachableMemory.load(path, model: tiny.model, registry: .standard)
    else { return }
    _ = memory.info
    _ = memory.factMemory?.facts
    let prompt: [Int32] = [1, 259, 260, 261, 3, 4, 5, 6]
    let session = TransformerSession(model: tiny.model)
    session.read(as: .answer(from: 5, question: 1..<4))
    guard let attached = try? memory.attach(to: session, readOnly: false),
      let logits = try? session.forward(prompt, logits: .all)
    else { return }
    // Minus infinity is what a ban looks like; not a number is never right.
    if logits.values.contains(where: \.isNaN) { Target.report("logits that are no numbers") }
    try? session.commit(
      through: prompt.count,
      provenance: Provenance(conversation: "f", turn: 0, role: .user, source: "fuzz", time: 1),
      learnable: prompt.map { _ in true }, endsSegment: true)
    attached.detach()
    let saved = "\(Target.folder)/saved.mneme"
    do {
      try memory.save(to: saved)
      _ = try DetachableMemory.load(saved, model: tiny.model, registry: .standard)
    } catch {
      Target.report("what was loaded, used and saved does not load: \(error)")
    }
    _ = try? memory.forget(.source("chat"))
  }
}

/// A change of one tensor or one metadata entry.
struct Edit {
  var what: UInt8
  var place: UInt8
  var payload: [UInt8]

  private static let types: [SafetensorsType] = [.u8, .i32, .i64, .f16, .bf16, .f32, .f64]

  func apply(to memory: inout ForgedMemory) {
    let index = Int(place) % memory.tensors.count
    let keys = memory.metadata.keys.sorted()
    let key = keys[Int(place) % keys.count]
    func offset(_ count: Int) -> Int {
      payload.count < 3
        ? 0 : (Int(payload[0]) | Int(payload[1]) << 8 | Int(payload[2]) << 16) % max(1, count)
    }
    switch what % 8 {
    case 1: memory.tensors[index].bytes = Data(payload)
    case 2:
      var bytes = Array(memory.tensors[index].bytes)
      let start = offset(bytes.count)
      for (step, byte) in payload.dropFirst(3).enumerated() where start + step < bytes.count {
        bytes[start + step] = byte
      }
      memory.tensors[index].bytes = Data(bytes)
    case 3: memory.tensors[index].type = Self.types[Int(payload.first ?? 0) % Self.types.count]
    case 4: memory.tensors[index].name = String(decoding: payload, as: UTF8.self)
    case 5: memory.tensors[index].shape = payload.prefix(8).map(Int.init)
    case 6: memory.metadata[key] = String(decoding: payload, as: UTF8.self)
    case 7:
      var text = Array((memory.metadata[key] ?? "").utf8)
      let start = min(text.count, offset(text.count + 1))
      let count = Int(payload.dropFirst(3).first ?? 0)
      text.replaceSubrange(start..<min(text.count, start + count), with: payload.dropFirst(4))
      memory.metadata[key] = String(decoding: text, as: UTF8.self)
    default: memory.tensors[index].bytes = memory.tensors[index].bytes.dropLast(payload.count)
    }
  }
}

/// The changes that bytes stand for.
struct Edits: IteratorProtocol {
  private let bytes: UnsafeRawBufferPointer
  private var offset = 1

  init(bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

  mutating func next() -> Edit? {
    guard offset + 4 <= bytes.count else { return nil }
    let length = Int(bytes[offset + 2]) | Int(bytes[offset + 3]) << 8
    let start = offset + 4
    let end = min(bytes.count, start + length)
    defer { offset = end }
    return Edit(
      what: bytes[offset], place: bytes[offset + 1], payload: Array(bytes[start..<end]))
  }
}
