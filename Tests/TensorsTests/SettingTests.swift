#if os(Linux)
  import Foundation
  import Tensors
  import TestSupport
  import Testing

  /// `MNEME_KERNELS` and `MNEME_BLAS`, which a process reads once: each in a process of its own.
  @Suite struct SettingTests {
    static let variable = "MNEME_TEST_SETTINGS"

    @Test(.enabled(if: ProcessInfo.processInfo.environment[variable] != nil))
    func reporter() throws {
      let path = try #require(ProcessInfo.processInfo.environment[Self.variable])
      let library = LinearAlgebra.blasDescription
      let lines = [
        LinearAlgebra.kernelLevel, LinearAlgebra.kernelRemark ?? "", library,
        LinearAlgebra.blasRemark ?? "",
      ]
      try lines.joined(separator: "\n").write(toFile: path, atomically: true, encoding: .utf8)
    }

    private func report(
      kernels: String = "", blas: String = ""
    ) throws -> (level: String, levelRemark: String, library: String, libraryRemark: String) {
      let folder = try TemporaryFolder()
      let process = try OtherProcess.start(
        "SettingTests/reporter", Self.variable, folder.path("report"),
        settings: ["MNEME_KERNELS": kernels, "MNEME_BLAS": blas])
      process.waitUntilExit()
      let text = try String(contentsOfFile: folder.path("report"), encoding: .utf8)
      let lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
      try #require(lines.count == 4)
      return (lines[0], lines[1], lines[2], lines[3])
    }

    @Test(.enabled(if: ProcessInfo.processInfo.environment[variable] == nil))
    func kernels() throws {
      let best = try report()
      #expect(best.levelRemark.isEmpty)
      let names = [
        "portable": "portable", "avx2": "AVX2", "avx2vnni": "AVX2 VNNI", "avx512": "AVX-512",
        "avx512vnni": "AVX-512 VNNI",
      ]
      let order = ["portable", "AVX2", "AVX2 VNNI", "AVX-512", "AVX-512 VNNI"]
      let highest = try #require(order.firstIndex(of: best.level))
      for (wish, name) in names {
        let found = try report(kernels: wish)
        // A processor that has AVX-512 may be without VNNI for shorter vectors.
        let isOptional = name == "AVX2 VNNI" && best.level.hasPrefix("AVX-512")
        let place = try #require(order.firstIndex(of: name))
        let isThere = isOptional ? found.level == name : place <= highest
        #expect(found.level == (isThere ? name : best.level), "\(wish)")
        #expect(found.levelRemark.isEmpty == isThere, "\(wish)")
      }
      let wrong = try report(kernels: "AVX9")
      #expect(wrong.level == best.level)
      #expect(wrong.levelRemark.contains("MNEME_KERNELS"))
    }

    @Test(.enabled(if: ProcessInfo.processInfo.environment[variable] == nil))
    func library() throws {
      let found = try report()
      #expect(found.library == "none" || found.libraryRemark.isEmpty)
      #expect(try report(blas: "on").library == found.library)
      let off = try report(blas: "off")
      #expect(off.library == "none")
      #expect(off.libraryRemark.contains("MNEME_BLAS=off"))
      let wrong = try report(blas: "perhaps")
      #expect(wrong.library == found.library)
      #expect(found.library == "none" || wrong.libraryRemark.contains("MNEME_BLAS"))
    }
  }
#endif
