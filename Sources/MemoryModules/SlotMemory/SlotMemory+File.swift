package import Memory
package import ModelFiles
import Transformer

extension SlotMemory {
  package func save(into writer: inout SafetensorsWriter) {
    refresh()
    let name = Cell.about.kind.rawValue
    texts.save(into: &writer)
    let pending = state.pending
    let count = pending.items.count
    writer.add(
      "\(name).pending.keys", floats: pending.keys, shape: [count, context.keyColumns])
    writer.add("\(name).pending.tokens", int32s: pending.items, shape: [count])
    writer.add("\(name).pending.begins", uint8s: pending.begins, shape: [count])
    writer.add(
      "\(name).words.tokens",
      int32s: zip(state.tokens.items, state.tokens.counts).flatMap { [$0, $1] },
      shape: [state.tokens.items.count, 2])
    state.words.save("\(name).words", into: &writer)
    state.sentences?.save("\(name).sentences", into: &writer)
  }

  package func load(from file: SafetensorsFile) throws(MemoryError) {
    let name = Cell.about.kind.rawValue
    var loaded = State(
      words: Cell(configuration, columns: context.keyColumns), sentences: state.sentences)
    let table: SafetensorsTensor
    let rows: [Int32]
    do throws(ModelFileError) {
      table = try file.require("\(name).words.tokens")
      rows = try table.int32s()
      loaded.pending.items = try file.require("\(name).pending.tokens").int32s()
      loaded.pending.begins = try file.require("\(name).pending.begins").uint8s()
      loaded.pending.keys = try file.floats(
        "\(name).pending.keys", shape: [loaded.pending.items.count, context.keyColumns])
    } catch {
      throw .file(error)
    }
    let tokens = stride(from: 0, to: rows.count - 1, by: 2).map { rows[$0] }
    let counts = stride(from: 1, to: rows.count, by: 2).map { rows[$0] }
    guard table.shape == [tokens.count, 2], counts.allSatisfy({ $0 > 0 }),
      loaded.pending.begins.count == loaded.pending.items.count,
      loaded.pending.begins.allSatisfy({ $0 <= 1 }),
      loaded.pending.keys.allSatisfy({ $0.magnitude <= 2 }),
      Set(tokens).count == tokens.count,
      (tokens + loaded.pending.items).allSatisfy({
        $0 >= 0 && Int($0) < context.vocabularySize
      })
    else {
      throw Cell.malformed(
        file, expected: "tokens of the vocabulary, each once with its count, and keys of length 1")
    }
    loaded.tokens = ItemCodes(tokens, counts: counts)
    try loaded.words.load("\(name).words", from: file)
    if let columns = texts.meaningEncoder?.columns {
      var sentences = Cell(configuration.ofSentences, columns: columns)
      try sentences.load("\(name).sentences", from: file)
      loaded.sentences = sentences
    }
    try texts.load(from: file)
    let records = texts.state.ledger.records.filter { !$0.meaning.isEmpty }
    loaded.numbers = ItemCodes(
      texts.meaningEncoder == nil ? [] : records.map { Self.item(of: $0.tokens) })
    loaded.next = texts.nextFact
    state = loaded
    isOutdated = false
  }
}
