import Memory
import ModelFiles
import Transformer

extension FastWeightMemory {
  /// Adds the state to a file as tensors `<prefix>.<name>`; without a step only what is open.
  func save(as prefix: String, into writer: inout SafetensorsWriter) {
    let weights = state.weights
    if weights.steps > 0 { weights.save(as: prefix, into: &writer) }
    let texts = state.open.texts
    let tokens = texts.flatMap(\.tokens)
    writer.add("\(prefix).open.tokens", int32s: tokens, shape: [tokens.count])
    writer.add(
      "\(prefix).open.learned", uint8s: texts.flatMap { $0.isLearned.map { $0 ? 1 : 0 } },
      shape: [tokens.count])
    writer.add(
      "\(prefix).open.journal", int64s: texts.flatMap { $0.journal.map(Int64.init) },
      shape: [tokens.count])
    let names = texts.flatMap { Array($0.conversation.text.utf8) }
    writer.add("\(prefix).open.conversations", uint8s: names, shape: [names.count])
    // Per text: tokens, end in the session, bytes of the conversation's name.
    writer.add(
      "\(prefix).open.texts",
      int64s: texts.flatMap {
        [Int64($0.tokens.count), Int64($0.end), Int64($0.conversation.text.utf8.count)]
      }, shape: [texts.count, 3])
    writer.add("\(prefix).longest", floats: [weights.longest], shape: [1])
    writer.add(
      "\(prefix).counters",
      int64s: [Int64(state.written), Int64(state.rejected), Int64(weights.steps)], shape: [3])
  }

  /// The state that a file holds.
  ///
  /// - Throws: `MemoryError` for tensors that are missing or do not fit, tokens beyond the vocabulary, counters out of range.
  func loaded(_ prefix: String, from file: SafetensorsFile) throws(MemoryError) -> State {
    var loaded = State(weights: FastWeights(plan, model: model))
    let counters: [Int64]
    do throws(ModelFileError) {
      counters = try file.require("\(prefix).counters").int64s()
      loaded.weights.longest = try file.floats("\(prefix).longest", shape: [1])[0]
      if counters.count == 3, counters[2] > 0 {
        try loaded.weights.read(prefix, from: file)
      }
      loaded.open.texts = try texts(prefix, from: file)
    } catch {
      throw .file(error)
    }
    guard counters.count == 3, counters.allSatisfy({ $0 >= 0 && $0 < Int64(Int32.max) << 16 }),
      loaded.weights.longest >= 0, loaded.open.counted < plan.chunkLength,
      Int(counters[0]) >= loaded.open.learned,
      loaded.open.texts.allSatisfy({ text in
        text.tokens.allSatisfy { $0 >= 0 && Int($0) < model.configuration.vocabularySize }
          && text.isLearned.first != true && text.end >= 0
      })
    else {
      throw .malformed(
        path: file.path, what: "the fast weights' open chunk or counters are not sound",
        expected: nil)
    }
    loaded.written = Int(counters[0])
    loaded.rejected = Int(counters[1])
    loaded.weights.steps = Int(counters[2])
    if loaded.written > 0 {
      loaded.shown = Shown(weights: loaded.weights, open: loaded.open, surprises: [])
    }
    return loaded
  }

  private func texts(
    _ prefix: String, from file: SafetensorsFile
  ) throws(ModelFileError) -> [FastWeightStream.Text] {
    let tokens = try file.require("\(prefix).open.tokens").int32s()
    let learned = try file.require("\(prefix).open.learned").uint8s()
    let journal = try file.require("\(prefix).open.journal").int64s()
    let names = try file.require("\(prefix).open.conversations").uint8s()
    let table = try file.require("\(prefix).open.texts")
    let lengths = try table.int64s()
    var texts: [FastWeightStream.Text] = []
    var (place, name) = (0, 0)
    var isSound =
      table.shape == [lengths.count / 3, 3] && learned.count == tokens.count
      && journal.count == tokens.count
    for row in stride(from: 0, to: lengths.count, by: 3) where isSound {
      guard let count = Int(exactly: lengths[row]), let end = Int(exactly: lengths[row + 1]),
        let bytes = Int(exactly: lengths[row + 2]), count >= 0, count <= tokens.count - place,
        end >= 0, end < 1 << 40, bytes >= 0, bytes <= names.count - name
      else {
        isSound = false
        break
      }
      var text = FastWeightStream.Text(
        conversation: ByteString(String(decoding: names[name..<name + bytes], as: UTF8.self)),
        end: end)
      text.tokens = Array(tokens[place..<place + count])
      text.isLearned = learned[place..<place + count].map { $0 != 0 }
      text.journal = journal[place..<place + count].map { $0 >= 0 && $0 < 1 << 40 ? Int($0) : -1 }
      texts.append(text)
      place += count
      name += bytes
    }
    guard isSound, place == tokens.count, name == names.count else {
      throw .malformed(
        path: file.path, what: "the fast weights' open texts and their lengths disagree",
        offset: nil, expected: "lengths that add up to \(tokens.count) tokens")
    }
    return texts
  }
}
