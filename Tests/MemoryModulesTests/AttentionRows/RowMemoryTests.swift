import Foundation
import Memory
import MemoryModules
import ModelFiles
import TestSupport
import Testing
import Tokenization
import Transformer

/// What the kinds of the attention socket keep and show, beside the rules that all memories obey.
@Suite("Memories of rows")
struct RowMemoryTests {
  let bench: Workbench

  init() throws { bench = try Workbench.shared.get() }

  func memory(
    _ kind: ModuleKind, _ settings: [String] = [], tokenizer: (any Tokenizer)? = nil
  ) throws -> DetachableMemory {
    try DetachableMemory.create(
      kinds: [kind], model: bench.model,
      adapter: bench.adapter(.open).applying(
        settings.compactMap { ModuleSetting(parsing: "\(kind).\($0)") }, model: bench.model,
        registry: .standard), registry: .standard, tokenizer: tokenizer, name: "bench")
  }

  func module<M: MemoryModule>(_ memory: DetachableMemory, _ type: M.Type) throws -> M {
    try #require(memory.modules.first as? M)
  }

  func learn(
    _ tokens: [Int32], _ memory: DetachableMemory, conversation: String = "a",
    source: String = "test", role: Role = .document
  ) throws {
    let session = bench.session()
    let attached = try memory.attach(to: session)
    defer { attached.detach() }
    _ = try session.forward(tokens, logits: .none)
    try session.commit(
      through: tokens.count,
      provenance: Provenance(
        conversation: conversation, turn: 0, role: role, source: source, time: 1_000),
      learnable: tokens.map { _ in true }, endsSegment: true)
  }

  private let answer = RowView(isAnswer: true)
  private let kinds: [ModuleKind] = ["transformer-xl", "block", "compressive", "document"]

  @Test("All rows of a text before another are as good as the text in the context")
  func recurrence() throws {
    // The first token of a text is not learned, so the context begins with it.
    let (text, more) = (TinyLlama.tokens(20, seed: 1), TinyLlama.tokens(9, seed: 2))
    let whole = try bench.logits(text + more)
    let memory = try memory("transformer-xl", ["type=f32"])
    try learn(text, memory)
    let made = try bench.logits([text[0]] + more, with: memory)
    let vocabulary = TinyLlama.vocabularySize
    #expect(
      difference(Array(whole.suffix(9 * vocabulary)), Array(made.suffix(9 * vocabulary))) < 1e-4)
  }

  @Test("The ring keeps the newest rows, and the sinks the first")
  func ring() throws {
    let memory = try memory("transformer-xl", ["rows=8", "sinks=2"])
    try learn(TinyLlama.tokens(16, seed: 1), memory)
    let module = try module(memory, TransformerXLMemory.self)
    let parts = module.parts(for: answer, without: ContextOverlap([]))
    #expect(parts.map(\.places) == [[0, 1], Array(7..<15)])
    let rows = try #require(module.rows(layer: 0, for: answer))
    #expect(rows.positions == Array(-9...0), "one after the other, the newest before position 1")
    #expect(module.forget([3]) == .nothingToForget)
    #expect(module.forget([9]) == .unsupported, "what stands for it would have stayed longer")
  }

  @Test("What stands in the context word for word is not shown again")
  func alreadyThere() throws {
    let text = TinyLlama.tokens(30, seed: 3)
    for kind in kinds where kind != "document" {
      let memory = try memory(kind)
      try learn(text, memory)
      let session = bench.session()
      _ = try session.forward(text, logits: .none)
      try session.commit(
        through: text.count, provenance: Workbench.provenance(),
        learnable: text.map { _ in false }, endsSegment: true)
      let more = TinyLlama.tokens(5, seed: 4)
      let plain = try session.forward(more, logits: .all).values
      session.truncate(to: text.count)
      let attached = try memory.attach(to: session, readOnly: true)
      #expect(try session.forward(more, logits: .all).values == plain, "\(kind)")
      attached.detach()
      #expect(try bench.logits(more, with: memory) != bench.logits(more), "\(kind)")
    }
  }

  @Test("A document is an entry: forgotten, it was never there, and others stay")
  func documents() throws {
    let memory = try memory("document", ["ratio=3"])
    let texts = (0..<3).map { TinyLlama.tokens(25 + $0, seed: UInt64(10 + $0)) }
    for (index, text) in texts.enumerated() {
      try learn(text, memory, conversation: "\(index)", source: "\(index).txt")
    }
    try learn(
      TinyLlama.tokens(12, seed: 9), memory, conversation: "chat", source: "chat", role: .user)
    let module = try module(memory, DocumentMemory.self)
    #expect(module.entries == 24 + 25 + 26, "what is said is no document")
    let report = try memory.forget(.source("1.txt"))
    #expect(report.journalTokens == 25)
    #expect(report.modules["document"] == .exact(entries: 25), "nothing is read again")
    let other = try self.memory("document", ["ratio=3"])
    for index in [0, 2] {
      try learn(texts[index], other, conversation: "\(index)", source: "\(index).txt")
    }
    let prompt = TinyLlama.tokens(8, seed: 5)
    #expect(try bench.logits(prompt, with: memory) == bench.logits(prompt, with: other))
    // By itself the module can take out a whole document, and no part of what was made of all of it.
    let places = Set(
      (memory.journal?.tokens.indices ?? 0..<0).filter {
        memory.journal?.provenance(of: $0)?.source == ByteString("0.txt")
      })
    #expect(module.forget([places.min() ?? 0]) == .unsupported)
    #expect(module.forget(places) == .exact(entries: 24))
    #expect(module.entries == 26)
  }

  @Test(
    "A part of a document is forgotten by reading the rest again, and so is what others were dropped for"
  )
  func partOfADocument() throws {
    func memory(_ seeds: [UInt64], _ settings: [String] = []) throws -> DetachableMemory {
      let memory = try self.memory("document", ["ratio=3"] + settings)
      for seed in seeds {
        try learn(
          TinyLlama.tokens(25, seed: seed), memory, conversation: "\(seed)", source: "\(seed).txt")
      }
      return memory
    }
    let prompt = TinyLlama.tokens(8, seed: 5)
    // One window of two of the same document.
    let windows = try memory([10])
    let session = bench.session()
    let attached = try windows.attach(to: session)
    let more = TinyLlama.tokens(20, seed: 12)
    _ = try session.forward(more, logits: .none)
    try session.commit(
      through: more.count,
      provenance: Provenance(
        conversation: "10", turn: 0, role: .document, source: "10.txt", time: 9_000),
      learnable: more.map { _ in true }, endsSegment: true)
    attached.detach()
    let whole = try module(windows, DocumentMemory.self)
    #expect(whole.parts(for: answer, without: ContextOverlap([])).count == 1, "one document")
    #expect(whole.entries == 24 + 19)
    let report = try windows.forget(.times(8_999..<9_001))
    #expect(report.modules["document"] == .replayed(tokens: 25))
    #expect(try bench.logits(prompt, with: windows) == bench.logits(prompt, with: memory([10])))
    // Room for two of three: without the second, the first would still be there.
    let settings = ["budget=17"]
    let full = try memory([10, 11, 12], settings)
    #expect(try module(full, DocumentMemory.self).entries == 2 * 24)
    let dropped = try full.forget(.source("11.txt"))
    #expect(dropped.modules["document"] == .replayed(tokens: 2 * 25))
    #expect(
      try bench.logits(prompt, with: full)
        == bench.logits(prompt, with: memory([10, 12], settings)))
    // A file says what was dropped, too.
    let folder = try TemporaryFolder()
    try memory([10, 11, 12], settings).save(to: folder.path("m.mneme"))
    let loaded = try DetachableMemory.load(
      folder.path("m.mneme"), model: bench.model, registry: .standard)
    #expect(try loaded.forget(.source("12.txt")).modules["document"] == .replayed(tokens: 2 * 25))
  }

  @Test("Windows of one document stand one after the other")
  func windows() throws {
    let memory = try memory("document", ["ratio=1", "type=f32"])
    for seed in [1, 2] as [UInt64] {
      try learn(TinyLlama.tokens(20, seed: seed), memory, conversation: "a", source: "a.txt")
    }
    let rows = try #require(try module(memory, DocumentMemory.self).rows(layer: 0, for: answer))
    let heads = bench.model.configuration.keyValueHeadCount
    let positions = stride(from: 0, to: 38 * heads, by: heads).map { rows.positions?[$0] }
    #expect(positions == Array(1 - 38...0))
  }

  @Test(
    "Passages that share a question's words are read again for it, as many tokens as there is room for"
  )
  func passages() throws {
    let memory = try memory("document", ["ratio=4", "passages=10"])
    let word: Int32 = 3
    var text = TinyLlama.tokens(100, seed: 7).map { $0 == word ? 4 : $0 }
    // The first token is not learned; a text without sentences is cut every 48 tokens.
    text[50] = word
    try learn(text, memory)
    let module = try module(memory, DocumentMemory.self)
    func parts(_ prompt: [Int32]) -> [RowPart] {
      module.parts(
        for: RowView(isAnswer: true, prompt: prompt), without: ContextOverlap([]))
    }
    let shown = parts([word])
    #expect(shown.count == 2)
    #expect(shown.last?.places == Array(0..<10), "the sentence's first ten tokens")
    // They are the rows of a text that begins with them.
    let begin = Array(text[49..<59])
    let other = try self.memory("transformer-xl", ["type=f32"])
    try learn(begin, other)
    let stand = RowStand(
      positions: RowPositions(placement: .original, reach: 64), end: 10, opening: 0, visibleFrom: 1)
    let again = try #require(
      Array(shown.suffix(1)).extra(
        layer: 1, heads: bench.model.configuration.keyValueHeadCount, stand))
    let read = try #require(
      try self.module(other, TransformerXLMemory.self).rows(layer: 1, for: answer))
    let columns = read.keys.count / read.count
    #expect(difference(Array(again.keys.dropFirst(columns)), read.keys) < 1e-4)
    #expect(difference(Array(again.values.dropFirst(columns)), read.values) < 1e-4)
    // Nothing is shared, nothing asked, or nothing wanted: the compacted rows alone.
    #expect(parts([]).count == 1)
    #expect(module.parts(for: RowView(isAnswer: false), without: ContextOverlap([])).count == 1)
  }

  @Test("Compacting says how far it is")
  func progress() throws {
    let memory = try memory("document", ["ratio=3"])
    var shares: [Double] = []
    try module(memory, DocumentMemory.self).onWork = { shares.append($0) }
    try learn(TinyLlama.tokens(30, seed: 2), memory)
    #expect(shares == shares.sorted() && shares.last == 1 && shares.count > 2, "\(shares)")
  }

  @Test("At a row for every token, a document's rows are its own")
  func wholeDocument() throws {
    let text = TinyLlama.tokens(20, seed: 1)
    let (document, ring) = (
      try memory("document", ["ratio=1", "type=f32"]),
      try memory("transformer-xl", ["type=f32", "positions=original"])
    )
    try learn(text, document)
    try learn(text, ring)
    let prompt = TinyLlama.tokens(8, seed: 5)
    #expect(
      try difference(bench.logits(prompt, with: ring), bench.logits(prompt, with: document)) < 1e-5)
  }

  @Test("A question is shown the blocks that share its words, and they are there after a restart")
  func blocks() throws {
    let memory = try memory(
      "block",
      [
        "shown=12", "longest=6", "shortest=6", "segmentation=fixed", "contiguity=0", "passages=0",
      ])
    var text = TinyLlama.tokens(61, seed: 7)
    let word: Int32 = 3
    text = text.map { $0 == word ? 4 : $0 }
    text[20] = word  // the 20th learned token: of the block 18 ..< 24
    try learn(text, memory)
    func shown(_ memory: DetachableMemory) throws -> [Int] {
      let view = RowView(isAnswer: true, prompt: [word])
      return try self.module(memory, BlockMemory.self).parts(for: view, without: ContextOverlap([]))
        .flatMap(\.places)
    }
    let found = try shown(memory)
    #expect(found.count == 12 && found.contains(19))
    let folder = try TemporaryFolder()
    try memory.save(to: folder.path("m.mneme"))
    let loaded = try DetachableMemory.load(
      folder.path("m.mneme"), model: bench.model, registry: .standard)
    #expect(try shown(loaded) == found)
    // Without a question the newest.
    let newest = try self.module(memory, BlockMemory.self)
      .parts(for: RowView(isAnswer: false), without: ContextOverlap([]))
    #expect(newest.flatMap(\.places) == Array(48..<60))
  }

  /// A block memory that reads eight tokens again, the text it has learned, and the word that stands once in it; 5 never does.
  func blocksWithPassages() throws -> (memory: DetachableMemory, text: [Int32], word: Int32) {
    let word: Int32 = 3
    var text = TinyLlama.tokens(61, seed: 7).map { $0 == word || $0 == 5 ? 4 : $0 }
    text[20] = word
    let memory = try memory("block", ["shown=12", "shortest=6", "contiguity=0", "passages=8"])
    try learn(text, memory)
    return (memory, text, word)
  }

  @Test("Passages that share words with a question are read again in place of blocks")
  func blocksAgain() throws {
    let (memory, text, word) = try blocksWithPassages()
    let module = try module(memory, BlockMemory.self)
    func rows(_ view: RowView) throws -> ExtraKeyValues {
      try #require(module.rows(layer: 1, for: view))
    }
    let again = try rows(RowView(isAnswer: true, prompt: [word]))
    // A text without sentences is cut every 48 tokens; these are the rows of a text that begins so.
    let other = try self.memory("transformer-xl", ["type=f32"])
    try learn(Array(text[1..<9]), other)
    let read = try #require(
      try self.module(other, TransformerXLMemory.self).rows(layer: 1, for: answer))
    #expect(again.count == 8)
    #expect(difference(Array(again.keys.dropFirst(read.keys.count / read.count)), read.keys) < 1e-4)
    // Nothing is shared, nothing asked, or nothing wanted: blocks as they are stored.
    #expect(try rows(RowView(isAnswer: true, prompt: [5])).count <= 12)
    #expect(try rows(RowView(isAnswer: true, prompt: [5])).keys != again.keys)
    #expect(try rows(RowView(isAnswer: false)).keys != again.keys)
  }

  @Test("What is read again is named as a text, and the question asked about it")
  func passagesAreNamed() throws {
    let tokenizer = try loadTokenizer(from: bench.model.file)
    func encode(_ text: String) -> [Int32] {
      tokenizer.encode(text, addBOS: false, parseSpecial: false)
    }
    for kind: ModuleKind in ["block", "document", "lemn", "dct"] {
      let memory = try memory(kind, ["passages=16"], tokenizer: tokenizer)
      try learn(encode("- It is late. Bo has an owl. All is well."), memory)
      let module = try #require(memory.modules.first as? any RowMemory)
      let view = RowView(isAnswer: true, prompt: encode("What has Bo?"))
      let last = try #require(module.parts(for: view, without: ContextOverlap([])).last)
      let text = tokenizer.decode(Array(last.tail))
      #expect(
        text.hasPrefix("Text: \"") && text.hasSuffix("\"\nAccording to the text:\n"), "\(text)")
      #expect(text.contains("Bo has an owl.") && !text.contains("well"), "\(text)")
      #expect(last.leadsToQuestion, "no empty line comes between")
    }
  }

  @Test("Of what people said each sentence is read again by itself, and no question")
  func spokenPassages() throws {
    let tokenizer = try loadTokenizer(from: bench.model.file)
    func encode(_ text: String) -> [Int32] {
      tokenizer.encode(text, addBOS: false, parseSpecial: false)
    }
    let told = try memory("block", ["passages=60"], tokenizer: tokenizer)
    // The tokens are letters, which are of no weight among many sentences.
    let others = "He sat. We ran on. Go up. It is so. They met. I am in. Come out. See me. "
    try learn(encode("- " + others + "Bo has an old owl. Ann has a red car."), told, role: .user)
    try learn(encode("- What has Bo?"), told, role: .user)
    let module = try module(told, BlockMemory.self)
    func found(_ question: String) throws -> String {
      let view = RowView(isAnswer: true, prompt: encode(question))
      let parts = module.parts(for: view, without: ContextOverlap([]))
      return tokenizer.decode(Array(try #require(parts.last).tail))
    }
    let owl = try found("What owl has Bo?")
    #expect(owl.contains("Bo has an old owl.") && !owl.contains("car"), "\(owl)")
    #expect(!owl.contains("What"), "\(owl)")
    // What is about it as much is read, too: people correct what they said.
    try learn(encode("- Ann has a blue car now."), told, role: .user)
    let car = try found("What car has Ann?")
    #expect(car.contains("red car") && car.contains("blue car") && !car.contains("owl"), "\(car)")
    // A question that shares only words that hold a sentence together with it is about something else.
    let other = RowView(isAnswer: true, prompt: encode("Who is it that has the most?"))
    #expect(!module.parts(for: other, without: ContextOverlap([])).contains { !$0.isEmpty })
    // A text is not read beside it, though it shares words with the question.
    try learn(encode("- The car of the king is old."), told)
    #expect(try found("What car has Ann?") == car)
  }

  @Test(
    "Compressed by attention, heads keep rows of their own, in all as many as by the mean",
    arguments: ["matching", "most-used"])
  func compressed(function: String) throws {
    func filled(_ function: String) throws -> DetachableMemory {
      let memory = try memory(
        "compressive", ["function=\(function)", "recent=8", "slots=6", "segment=12", "rate=4"])
      try learn(TinyLlama.tokens(41, seed: 3), memory)
      return memory
    }
    let (mean, made) = (try filled("mean"), try filled(function))
    let rows = try #require(
      try module(made, CompressiveMemory.self).rows(layer: 0, for: answer))
    // 40 rows: two segments of 12 have three rows a head, more or fewer where they are fitted; the last 16 are recent.
    #expect(function == "matching" ? (2...24).contains(rows.count - 16) : rows.count == 6 + 16)
    let configuration = bench.model.configuration
    let open = (0..<configuration.layerCount).reduce(0) { sum, layer in
      let rows = try? module(made, CompressiveMemory.self).rows(layer: layer, for: answer)
      return sum + (rows?.logBias.count { $0 > -.infinity } ?? 0)
    }
    #expect(
      open == (6 + 16) * configuration.layerCount * configuration.keyValueHeadCount)
    #expect(rows.logBias.count == rows.count * bench.model.configuration.keyValueHeadCount)
    let prompt = TinyLlama.tokens(8, seed: 5)
    #expect(try bench.logits(prompt, with: mean) != bench.logits(prompt, with: made))
    let folder = try TemporaryFolder()
    try made.save(to: folder.path("m.mneme"))
    let loaded = try DetachableMemory.load(
      folder.path("m.mneme"), model: bench.model, registry: .standard)
    #expect(try bench.logits(prompt, with: loaded) == bench.logits(prompt, with: made))
  }

  @Test("Rows in fewer bytes say nearly the same")
  func types() throws {
    let prompt = TinyLlama.tokens(8, seed: 5)
    func logits(_ type: String) throws -> [Float] {
      let memory = try memory("transformer-xl", ["type=\(type)"])
      try learn(TinyLlama.tokens(30, seed: 3), memory)
      return try bench.logits(prompt, with: memory)
    }
    #expect(try difference(logits("f32"), logits("f16")) < 2e-3)
    // The tiny model's heads are no multiple of 32.
    #expect(throws: MemoryError.self) { try logits("q8_0") }
  }
}
