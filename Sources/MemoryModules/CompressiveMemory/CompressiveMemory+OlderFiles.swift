import Memory
import ModelFiles
import Transformer

extension CompressiveMemory {
  /// The rows of files written before Mneme 0.2: per block [rows, key/value columns] in F32, and of each token only its place
  /// in the journal and whether it was said.
  func older(_ file: SafetensorsFile) throws(MemoryError) -> State {
    do throws(ModelFileError) {
      let (slots, recent, open) = (
        try bank("slots", tokens: configuration.rate, in: file),
        try bank("recent", tokens: 1, in: file), try bank("open", tokens: 1, in: file)
      )
      let banks = [slots, recent, open]
      guard banks.allSatisfy({ $0.keys.isSound && $0.values.isSound }) else {
        throw .wrongTensor(
          path: file.path, name: "compressive.recent.keys", found: "values beyond all measure",
          expected: "values of at most \(Int(configuration.type.largest))")
      }
      return State(
        slots: slots, fitted: HeadRows(shape: shape, type: configuration.type), recent: recent,
        open: open)
    } catch {
      throw .file(error)
    }
  }

  private func bank(
    _ name: String, tokens: Int, in file: SafetensorsFile
  ) throws(ModelFileError) -> RowBank {
    let places = try file.require("compressive.\(name).journal")
    guard places.shape.count == 2, places.shape[1] == tokens else {
      throw .wrongTensor(
        path: file.path, name: places.name, found: "\(places.shape)", expected: "[n, \(tokens)]")
    }
    let count = places.shape[0]
    func rows(_ part: String) throws(ModelFileError) -> EncodedRows {
      let values = try file.floats(
        "compressive.\(name).\(part)", shape: [shape.layers, count, shape.columns])
      let size = count * shape.columns
      return EncodedRows(
        (0..<shape.layers).map { Array(values[$0 * size..<($0 + 1) * size]) }, shape: shape,
        type: configuration.type)
    }
    let spoken = try file.tensor("compressive.\(name).spoken", shape: places.shape).uint8s()
    var sources = RowSources()
    for (place, isSpoken) in zip(try places.int64s(), spoken) {
      sources.append(
        token: -1, journal: place >= 0 && place < 1 << 40 ? Int(place) : -1, place: 0,
        isSpoken: isSpoken != 0, surprisal: 0)
    }
    return RowBank(
      keys: try rows("keys"), values: try rows("values"), sources: sources,
      groups: tokens == 1
        ? nil : [RowBank.Group](repeating: RowBank.Group(rows: 1, sources: tokens), count: count))
  }
}
