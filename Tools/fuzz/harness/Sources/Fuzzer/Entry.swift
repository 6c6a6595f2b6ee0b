import Foundation

/// `Fuzzer TARGET [libFuzzer's arguments]`, or `Fuzzer seeds FOLDER`.
@_cdecl("mneme_fuzz_begin")
public func begin(_ count: CInt, _ values: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>)
  -> CInt
{
  let arguments = (0..<Int(count)).compactMap { values[$0].map { String(cString: $0) } }
  if arguments.count == 3, arguments[1] == "seeds" {
    do { try Seeds.write(to: arguments[2]) } catch { Target.report("\(error)") }
    return 0
  }
  guard arguments.count > 1, let target = Target.all[arguments[1]] else {
    let names = Target.all.keys.sorted().joined(separator: ", ")
    FileHandle.standardError.write(Data("usage: Fuzzer seeds|TARGET ...; targets: \(names)\n".utf8))
    return 2
  }
  Target.current = target
  return -1
}

/// One input.
@_cdecl("LLVMFuzzerTestOneInput")
public func run(_ bytes: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  Target.current?(UnsafeRawBufferPointer(start: bytes, count: count))
  return 0
}
