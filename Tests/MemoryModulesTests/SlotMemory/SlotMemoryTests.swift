import Foundation
import Generation
import Memory
import MemoryModules
import ModelFiles
import TestSupport
import Testing
import Tokenization
import Transformer

/// Sentences in slot memories, on a small model with random weights: its sentence vectors say little, so that a question must share
/// most of its words with what was told.
@Suite("Slot memories")
struct SlotMemoryTests {
  static let kinds: [ModuleKind] = ["sdm", "delta", "memory-network", "progressive"]

  private static let told = [
    "My cousin Quendra plays the harp.", "The spare key is under the yellow pot.",
    "Our boiler was repaired for 310 euros.", "My hamster is called Pelorin.",
  ]

  /// A model that was met, and its tokenizer.
  private struct Host {
    let tiny: TinyModel
    let model: TransformerModel
    let tokenizer: any Tokenizer
    let adapter: Adapter

    init() throws {
      tiny = try TinyModel()
      model = try tiny.load()
      tokenizer = try loadTokenizer(from: model.file)
      adapter = try FirstMeeting(
        model: model, tokenizer: tokenizer,
        template: ChatTemplate(family: .chatml, tokenizer: tokenizer), registry: .standard
      ).run()
    }

    func memory(_ kind: ModuleKind, _ settings: [String] = []) throws -> DetachableMemory {
      try DetachableMemory.create(
        kinds: [kind], model: model, tokenizer: tokenizer, adapter: adapter,
        options: MemoryOptions(settings: settings.compactMap { ModuleSetting(parsing: $0) }))
    }

    func tell(_ sentences: [String], to memory: DetachableMemory) throws {
      let session = TransformerSession(model: model)
      let attached = try memory.attach(to: session)
      defer { attached.detach() }
      for text in sentences {
        session.reset()
        let tokens = tokenizer.encode(text + "\n", addBOS: true, parseSpecial: false)
        try Workbench.feed(tokens, to: session, conversation: text)
      }
    }

    func recall(_ question: String, _ memory: DetachableMemory, limit: Int = 3) -> [RecalledFact] {
      let tokens = tokenizer.encode(question, addBOS: false, parseSpecial: false)
      return memory.factMemory?.recall(tokens, limit: limit) ?? []
    }
  }

  @Test("A sentence is found for its own words, and stands in the message", arguments: kinds)
  func finds(kind: ModuleKind) throws {
    let host = try Host()
    let memory = try host.memory(kind)
    #expect(memory.factMemory?.recallForm != nil)
    try host.tell(Self.told, to: memory)
    for sentence in Self.told {
      let found = host.recall(sentence, memory, limit: 1)
      #expect(found.first?.fact.text == sentence, "\(found)")
    }
    #expect(
      host.recall("Which instrument does my cousin Quendra play?", memory, limit: 9).count <= 8)
  }

  @Test("The cell decides what is proposed: with one candidate there is one", arguments: kinds)
  func proposes(kind: ModuleKind) throws {
    let host = try Host()
    let memory = try host.memory(kind, ["\(kind).candidates=1"])
    try host.tell(Self.told, to: memory)
    for sentence in Self.told {
      let found = host.recall(sentence, memory, limit: 4)
      #expect(found.map(\.fact.text) == [sentence])
    }
  }

  @Test("A file brings back cell, sentences and what is recalled", arguments: kinds)
  func file(kind: ModuleKind) throws {
    let host = try Host()
    let memory = try host.memory(kind)
    try host.tell(Self.told, to: memory)
    let folder = try TemporaryFolder()
    try memory.save(to: folder.path("a.mneme"))
    let loaded = try DetachableMemory.load(
      folder.path("a.mneme"), model: host.model, tokenizer: host.tokenizer)
    for sentence in Self.told {
      #expect(host.recall(sentence, loaded) == host.recall(sentence, memory))
    }
    try loaded.save(to: folder.path("b.mneme"))
    let files = try ["a.mneme", "b.mneme"].map {
      try SafetensorsFile.open(folder.path($0)).data
    }
    #expect(files[0] == files[1])
    try host.tell(["We moved to Tallinn last spring."], to: loaded)
    #expect(
      host.recall("We moved to Tallinn last spring.", loaded).first?.fact.text
        == "We moved to Tallinn last spring.")
  }

  @Test("What is forgotten leaves the file of a memory that never had it", arguments: kinds)
  func forgets(kind: ModuleKind) throws {
    let host = try Host()
    let memory = try host.memory(kind)
    try host.tell(Self.told, to: memory)
    let rest = try host.memory(kind)
    try host.tell(Self.told.filter { !$0.contains("boiler") }, to: rest)
    let fact = try #require(memory.factMemory?.facts.first { $0.text.contains("boiler") })
    let report = try memory.forget(.facts([fact.id]))
    #expect(report.unable.isEmpty && report.replayed > 0)
    #expect(try Workbench.state(of: memory) == Workbench.state(of: rest))
    #expect(
      host.recall(Self.told[2], memory).allSatisfy { !$0.fact.text.contains("boiler") })
  }

  @Test("A fact that is told again stands once, and its cell is made again", arguments: kinds)
  func settles(kind: ModuleKind) throws {
    let host = try Host()
    let memory = try host.memory(kind)
    try host.tell(Self.told, to: memory)
    let first = try #require(memory.factMemory?.nextFact)
    try host.tell(["The attic lamp is green. It hums."], to: memory)
    let settled = memory.settleFact(
      from: first, text: "The attic lamp is green. It hums.", answer: nil)
    #expect(settled != nil)
    let found = host.recall("The attic lamp is green. It hums.", memory, limit: 1)
    #expect(found.first?.fact.id == settled?.id)
    #expect(found.first?.fact.isTold == true)
    #expect(memory.factMemory?.facts.count == Self.told.count + 1)
  }

  @Test("What it holds is listed, with how clearly it is recalled", arguments: kinds)
  func contents(kind: ModuleKind) throws {
    let host = try Host()
    let memory = try host.memory(kind)
    try host.tell(Self.told, to: memory)
    let module = try #require(memory.modules.first as? any Inspectable)
    let contents = module.contents
    #expect(contents.slots.count == Self.told.count)
    #expect(contents.parts.first?.count == Self.told.count)
    for (slot, sentence) in zip(contents.slots, Self.told) {
      #expect(host.tokenizer.decode(slot.tokens).contains(sentence.prefix(12)))
      #expect(slot.remarks.contains { $0.hasPrefix("recalled, ") }, "\(slot.remarks)")
    }
    if kind == "progressive" {
      let columns = contents.slots.map { $0.remarks.last ?? "" }
      #expect(columns == (1...4).map { "in column \($0) of 4" })
    }
  }

  @Test("Each conversation has a column of its own, and a full memory goes on in the last")
  func columns() throws {
    let host = try Host()
    for (settings, expected) in [([String](), 4), (["progressive.columns=2"], 2)] {
      let memory = try host.memory("progressive", settings)
      try host.tell(Self.told, to: memory)
      let folder = try TemporaryFolder()
      try memory.save(to: folder.path("a.mneme"))
      let file = try SafetensorsFile.open(folder.path("a.mneme"))
      for part in ["words", "sentences"] {
        #expect(try file.require("progressive.\(part).outputs").shape.first == expected)
      }
    }
  }

  @Test("A question that two facts answer together is given both")
  func chains() throws {
    let host = try Host()
    let story = [
      "Marvuk took the football.", "Zonella went to the kitchen.", "Marvuk went to the garden.",
      "Zonella took the apple.",
    ]
    let memory = try host.memory("memory-network")
    try host.tell(story, to: memory)
    let found = try #require(host.recall("Where is the football?", memory).first)
    #expect(found.statement == "Marvuk took the football. Marvuk went to the garden.")
    #expect(found.certainty == .sure && found.evidence["hops"] == 2)
    let single = try host.memory("memory-network", ["memory-network.hops=1"])
    try host.tell(story, to: single)
    #expect(host.recall("Where is the football?", single).first?.statement == nil)
  }

  @Test("Settings out of range are refused in a sentence")
  func refuses() throws {
    let host = try Host()
    for setting in [
      "sdm.radius=0", "sdm.locations=9", "delta.rate=1.5", "memory-network.hops=0",
      "progressive.hidden=4", "delta.candidates=0", "delta.rule=hebb",
    ] {
      let kind = ModuleKind(rawValue: String(setting.prefix { $0 != "." }))
      #expect(throws: MemoryError.self, "\(setting)") {
        _ = try host.memory(kind, [setting])
      }
    }
  }

  @Test("A state of another shape, or a number that does not belong, is refused", arguments: kinds)
  func damaged(kind: ModuleKind) throws {
    let bench = try Workbench.shared.get()
    let memory = try bench.filled([kind])
    let module = try #require(memory.modules.first)
    var writer = SafetensorsWriter()
    module.save(into: &writer)
    let sound = try SafetensorsFile.parse(writer.serialized(), path: "sound")
    for tensor in sound.tensors {
      // Each in turn is missing, or shorter.
      for isShorter in [false, true] {
        var changed = SafetensorsWriter()
        for other in sound.tensors {
          if other.name != tensor.name {
            changed.add(other.name, type: other.type, shape: other.shape, bytes: other.data)
          } else if isShorter, let first = other.shape.first, first > 0 {
            let size = other.data.count / first
            changed.add(
              other.name, type: other.type, shape: [first - 1] + other.shape.dropFirst(),
              bytes: other.data.prefix((first - 1) * size))
          }
        }
        let file = try SafetensorsFile.parse(changed.serialized(), path: "changed")
        guard let fresh = try bench.memory([kind]).modules.first else { continue }
        // Which tokens were written, and how many columns there are, may be any; all else is tied to something.
        let isFree = ["words.tokens", "words.outputs"].contains { tensor.name.hasSuffix($0) }
        if isShorter, isFree || tensor.shape.first == 0 { continue }
        #expect(throws: MemoryError.self, "\(tensor.name), shorter: \(isShorter)") {
          try fresh.load(from: file)
        }
      }
    }
  }
}
