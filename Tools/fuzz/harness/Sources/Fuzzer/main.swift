import CFuzzer
import Foundation

/// `Fuzzer TARGET [libFuzzer's arguments]`, or `Fuzzer seeds FOLDER`.
let names = Target.all.keys.sorted().joined(separator: ", ")
guard CommandLine.arguments.count > 1 else {
  FileHandle.standardError.write(Data("usage: Fuzzer seeds|TARGET ...; targets: \(names)\n".utf8))
  exit(2)
}
if CommandLine.arguments[1] == "seeds", CommandLine.arguments.count == 3 {
  try Seeds.write(to: CommandLine.arguments[2])
  exit(0)
}
guard let target = Target.all[CommandLine.arguments[1]] else {
  FileHandle.standardError.write(Data("there is no such target; there are \(names)\n".utf8))
  exit(2)
}
Target.current = target
var count = CommandLine.argc - 1
var arguments: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>? = CommandLine.unsafeArgv + 1
let status = LLVMFuzzerRunDriver(&count, &arguments) { bytes, size in
  Target.current?(UnsafeRawBufferPointer(start: bytes, count: size))
  return 0
}
exit(status)
