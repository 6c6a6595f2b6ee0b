import Foundation
import ModelFiles
import Testing

/// Every rule of the format has a case of its own.
@Suite struct SafetensorsRuleTests {
  private func fault(_ header: String, data: Int = 0) -> SafetensorsFault? {
    fault(safetensors(header, data: data))
  }

  private func fault(_ bytes: Data) -> SafetensorsFault? {
    guard
      case .safetensors("/x", let fault) = failure({
        _ = try SafetensorsFile.parse(bytes, path: "/x")
      })
    else { return nil }
    return fault
  }

  private func member(
    _ name: String, _ shape: String, _ offsets: String, type: String = "F32"
  ) -> String {
    "\"\(name)\":{\"dtype\":\"\(type)\",\"shape\":\(shape),\"data_offsets\":\(offsets)}"
  }

  @Test func theLengthOfTheHeaderIsChecked() {
    #expect(fault(Data([1, 2, 3])) == .tooShort(bytes: 3))
    #expect(
      fault(Data(repeating: 0xff, count: 16))
        == .headerTooLarge(length: .max, limit: 100_000_000))
    #expect(
      fault(Data([9, 0, 0, 0, 0, 0, 0, 0, 0x7b, 0x7d]))
        == .headerBeyondFile(length: 9, available: 2))
    #expect(fault(Data(count: 8)) == .headerNotObject)
  }

  @Test func theHeaderIsAnObject() {
    #expect(fault("{}") == nil)
    #expect(fault("{}   ") == nil, "padding behind is allowed")
    #expect(fault(" {}") == .headerNotObject, "in front it is not")
    #expect(fault("[]") == .headerNotObject)
    for broken in [
      "{", "{]", "{\"a\"}", "{\"a\":}", "{} x", "{\"a\":1,}", "{\"\u{1}\":1}", "{a:1}",
    ] {
      guard case .headerNotJSON = fault(broken) else {
        Issue.record("\(broken)")
        continue
      }
    }
  }

  @Test func invalidTextIsNoJSON() {
    var bytes = safetensors("{\"ab\":{}}")
    bytes[10] = 0xff
    guard case .headerNotJSON = fault(bytes) else {
      Issue.record("a name that is not UTF-8")
      return
    }
  }

  @Test func deepNestingIsBounded() {
    let deep = "{\"a\":" + String(repeating: "[", count: 100_000)
    guard case .headerNotJSON(let what, _) = fault(deep), what.contains("deep") else {
      Issue.record("\(String(describing: fault(deep)))")
      return
    }
  }

  @Test func namesOccurOnce() {
    let one = member("a", "[1]", "[0,4]")
    // The same name, once written with an escape.
    let other = member("\\u0061", "[1]", "[4,8]")
    for header in ["{\(one),\(one)}", "{\(one),\(other)}"] {
      guard case .headerNotJSON(let what, _) = fault(header, data: 8), what.contains("twice")
      else {
        Issue.record("\(header)")
        continue
      }
    }
  }

  @Test func metadataAreStrings() {
    #expect(fault("{\"__metadata__\":{\"a\":\"b\"}}") == nil)
    #expect(fault("{\"__metadata__\":{\"a\":1}}") == .metadataNotStrings(key: "a"))
    #expect(fault("{\"__metadata__\":[]}") == .metadataNotStrings(key: "__metadata__"))
  }

  @Test func entriesHaveThreeMembersOfTheirKinds() {
    for body in [
      "{}", "1", "null", "{\"dtype\":\"F32\",\"shape\":[1]}",
      "{\"dtype\":1,\"shape\":[1],\"data_offsets\":[0,4]}",
      "{\"dtype\":\"F32\",\"shape\":[1.0],\"data_offsets\":[0,4]}",
      "{\"dtype\":\"F32\",\"shape\":[-1],\"data_offsets\":[0,4]}",
      "{\"dtype\":\"F32\",\"shape\":1,\"data_offsets\":[0,4]}",
      "{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0]}",
      "{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4,8]}",
      "{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[-4,0]}",
      "{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4],\"more\":0}",
      "{\"dtype\":\"F32\",\"shape\":[99999999999999999999],\"data_offsets\":[0,4]}",
    ] {
      guard case .malformedEntry("a", _) = fault("{\"a\":\(body)}", data: 4) else {
        Issue.record("\(body)")
        continue
      }
    }
    #expect(
      fault("{\(member("a", "[1]", "[0,4]", type: "F33"))}", data: 4)
        == .unknownType(tensor: "a", found: "F33"))
  }

  @Test func sizesFollowFromTypeAndShape() {
    #expect(
      fault("{\(member("a", "[2]", "[0,4]"))}", data: 4)
        == .wrongLength(tensor: "a", found: 4, expected: 8))
    #expect(
      fault("{\(member("a", "[1]", "[4,0]"))}", data: 4) == .offsetsReversed(tensor: "a"))
    for shape in ["[4294967296,4294967296]", "[9223372036854775807,2]", "[4611686018427387904]"] {
      #expect(
        fault("{\(member("a", shape, "[0,4]"))}", data: 4) == .sizeOverflow(tensor: "a"))
    }
  }

  @Test func tensorsCoverTheDataExactly() {
    let first = member("a", "[1]", "[0,4]")
    #expect(fault("{\(first),\(member("b", "[1]", "[4,8]"))}", data: 8) == nil)
    #expect(
      fault("{\(first),\(member("b", "[1]", "[8,12]"))}", data: 12)
        == .hole(before: "b", found: 8, expected: 4))
    #expect(
      fault("{\(member("b", "[1]", "[4,8]"))}", data: 8)
        == .hole(before: "b", found: 4, expected: 0))
    #expect(
      fault("{\(first),\(member("b", "[1]", "[0,4]"))}", data: 4)
        == .overlap(tensor: "b", found: 0, expected: 4))
    #expect(
      fault("{\(first),\(member("b", "[1]", "[2,6]"))}", data: 6)
        == .overlap(tensor: "b", found: 2, expected: 4))
    #expect(fault("{\(first)}", data: 5) == .incompleteCover(found: 4, expected: 5))
    #expect(fault("{\(first)}", data: 3) == .incompleteCover(found: 4, expected: 3))
    #expect(fault("{}", data: 1) == .incompleteCover(found: 0, expected: 1))
    // Tensors without elements take no room, wherever they stand.
    let nothing = member("n", "[0]", "[4,4]")
    #expect(fault("{\(nothing),\(first),\(member("b", "[1]", "[4,8]"))}", data: 8) == nil)
  }

  @Test func everyFaultHasASentence() {
    let faults: [SafetensorsFault] = [
      .tooShort(bytes: 3), .headerTooLarge(length: 1, limit: 0),
      .headerBeyondFile(length: 1, available: 0), .headerNotJSON(what: "x", offset: 3),
      .headerNotObject, .metadataNotStrings(key: "k"),
      .malformedEntry(tensor: "t", expected: "y"), .unknownType(tensor: "t", found: "F1"),
      .sizeOverflow(tensor: "t"), .wrongLength(tensor: "t", found: 1, expected: 2),
      .offsetsReversed(tensor: "t"), .hole(before: "t", found: 1, expected: 0),
      .overlap(tensor: "t", found: 1, expected: 2), .incompleteCover(found: 1, expected: 2),
    ]
    let sentences = Set(
      faults.map { ModelFileError.safetensors(path: "/x", $0).explanation.what })
    #expect(sentences.count == faults.count)
  }
}
