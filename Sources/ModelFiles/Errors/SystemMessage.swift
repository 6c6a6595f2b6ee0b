#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// The operating system's message for an error number.
func systemMessage(_ code: Int32) -> String {
  String(cString: strerror(code))
}
