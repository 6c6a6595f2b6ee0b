import Foundation
import ModelFiles
import Testing

/// What bounds files that are larger, deeper or more numerous than any that is meant well.
@Suite struct ReadingLimitTests {
  private struct Item: Codable, Equatable { var a: Int }

  private func reason(_ text: String) -> String? {
    do {
      _ = try StrictJSON.decode([Item].self, from: Data(text.utf8))
      return nil
    } catch let failure as StrictJSON.Failure {
      return failure.what
    } catch {
      return "of another form"
    }
  }

  @Test func soundJSONIsDecoded() throws {
    let items = try StrictJSON.decode([Item].self, from: Data("[{\"a\":1},{\"a\":-2}]".utf8))
    #expect(items == [Item(a: 1), Item(a: -2)])
    #expect(reason("[{\"a\":1.5}]") == "of another form")
    #expect(reason("[{\"a\":1,\"a\":2}]")?.contains("twice") == true)
  }

  /// From 513 on Foundation's decoder would end the process on the unfinished ones.
  @Test(arguments: [15, 16, 17, 511, 512, 513, 5_000, 1_000_000])
  func nestingEndsInAnError(count: Int) {
    for (open, close) in [("[", "]"), ("{\"a\":", "}")] {
      let opened = String(repeating: open, count: count)
      let whole = opened + "1" + String(repeating: close, count: count)
      #expect(reason(opened) != nil)
      #expect(reason(whole) != nil)
      #expect(reason("[{\"a\":1,\"b\":\(opened)") != nil)
      if count > 16 { #expect(reason(whole)?.hasPrefix("too deep a nesting") == true) }
    }
  }

  @Test func valuesAreCounted() {
    let many = "[" + String(repeating: "0,", count: 8_000_000) + "0]"
    #expect(reason(many)?.hasPrefix("too many values") == true)
  }

  @Test func tensorsAndExtentsAreCounted() {
    func refusal(_ header: String) -> ModelFileError? {
      failure { _ = try SafetensorsFile.parse(safetensors(header, data: 0), path: "/x") }
    }
    func member(_ name: String, _ shape: String) -> String {
      "\"\(name)\":{\"dtype\":\"F32\",\"shape\":[\(shape)],\"data_offsets\":[0,0]}"
    }
    let extents = Array(repeating: "0", count: 32).joined(separator: ",")
    #expect(refusal("{\(member("a", extents))}") == nil)
    #expect(
      refusal("{\(member("a", extents + ",0"))}")
        == .safetensors(path: "/x", .malformedEntry(tensor: "a", expected: "at most 32 extents")))
    let names = (0...SafetensorsFile.tensorLimit).map { member("t\($0)", "0") }
    #expect(
      refusal("{\(names.joined(separator: ","))}")
        == .excessive(path: "/x", what: "the number of tensors", found: 100_001, limit: 100_000))
  }
}
