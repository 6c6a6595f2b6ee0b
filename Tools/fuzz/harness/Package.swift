// swift-tools-version: 6.2
import PackageDescription

// Built by Tools/fuzz/run alone, which passes the flags of libFuzzer and the sanitizer to every room of Mneme. A package of
// its own, so that a normal build knows nothing of it.
let package = Package(
  name: "MnemeFuzzer",
  platforms: [.macOS(.v15)],
  dependencies: [
    .package(name: "Mneme", path: "../../.."),
    .package(url: "https://github.com/apple/swift-crypto", from: "4.5.0"),
  ],
  targets: [
    .target(name: "CFuzzer"),
    .executableTarget(
      name: "Fuzzer",
      dependencies: ["CFuzzer", .product(name: "Mneme", package: "Mneme"),
        .product(name: "MnemeEvaluation", package: "Mneme"),
        .product(name: "Crypto", package: "swift-crypto")]),
  ],
  swiftLanguageModes: [.v6]
)
