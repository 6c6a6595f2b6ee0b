// swift-tools-version: 6.2
import PackageDescription

/// Upcoming language features every Swift room is built with.
let house: [SwiftSetting] = [
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .enableUpcomingFeature("MemberImportVisibility"),
  .treatAllWarnings(as: .error),
]

/// The commit for `mneme --version`. Tools/setup hands it over; a plain `swift build` asks git, whose answer SwiftPM keeps until
/// this file changes, so that it is "or later".
let commit =
  Context.environment["MNEME_COMMIT"]
  ?? Context.gitInformation.map { "\($0.currentCommit.prefix(7)) or later" } ?? ""

let package = Package(
  name: "Mneme",
  platforms: [.macOS(.v15)],
  products: [
    .library(name: "Mneme", targets: ["Mneme"]),
    .library(name: "MnemeEvaluation", targets: ["MnemeEvaluation"]),
    .executable(name: "mneme", targets: ["MnemeCLI"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.0"),
    // For 'swift package generate-documentation' alone; nothing is built with it.
    .package(url: "https://github.com/swiftlang/swift-docc-plugin", from: "1.4.3"),
  ],
  targets: [
    // C rooms: the only ones that see intrinsics or a system library.
    .target(name: "CKernels"),
    .target(name: "COpenBLAS", linkerSettings: [.linkedLibrary("dl")]),
    .target(name: "CSentencePiece", linkerSettings: [.linkedLibrary("sentencepiece")]),
    .target(name: "COpenSSL", linkerSettings: [.linkedLibrary("crypto")]),
    .target(name: "CLineEditor", linkerSettings: [.linkedLibrary("edit")]),
    .target(
      name: "CTrainedWeights",
      exclude: [
        "cells.safetensors", "retention.safetensors", "smollm2.sentences.safetensors",
      ]),
    .target(name: "CVersion", cSettings: [.define("MNEME_COMMIT", to: "\"\(commit)\"")]),

    // Rooms, lowest first. Dependencies point downwards only.
    .target(name: "Tensors", dependencies: ["CKernels", "COpenBLAS"], swiftSettings: house),
    .target(name: "Cryptography", dependencies: ["COpenSSL"], swiftSettings: house),
    .target(name: "ModelFiles", dependencies: ["Tensors"], swiftSettings: house),
    .target(
      name: "Tokenization", dependencies: ["ModelFiles", "CSentencePiece"], swiftSettings: house),
    .target(name: "Transformer", dependencies: ["Tensors", "ModelFiles"], swiftSettings: house),
    .target(
      name: "Generation", dependencies: ["Transformer", "Tokenization", "ModelFiles"],
      swiftSettings: house),
    .target(
      name: "Memory",
      dependencies: [
        "Generation", "Transformer", "Tokenization", "ModelFiles", "Tensors",
        "Cryptography",
      ], swiftSettings: house),
    .target(
      name: "MemoryModules",
      dependencies: [
        "Memory", "Transformer", "Tokenization", "ModelFiles", "Tensors", "CTrainedWeights",
      ], swiftSettings: house),
    .target(
      name: "Mneme",
      dependencies: [
        "MemoryModules", "Memory", "Generation", "Transformer", "Tokenization", "ModelFiles",
        "Tensors", "Cryptography",
      ], swiftSettings: house),
    .target(
      name: "MnemeEvaluation",
      dependencies: [
        "Mneme", "MemoryModules", "Memory", "Generation", "Transformer", "Tokenization",
        "ModelFiles",
        "Tensors", "Cryptography",
      ], swiftSettings: house),
    .executableTarget(
      name: "MnemeCLI",
      dependencies: [
        "Mneme", "MnemeEvaluation", "CLineEditor", "CVersion",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ], swiftSettings: house),

    // Tests, one target per room.
    .target(
      name: "TestSupport",
      dependencies: ["ModelFiles", "Tokenization", "Transformer", "Tensors"],
      path: "Tests/TestSupport", resources: [.copy("Fixtures")], swiftSettings: house),
    .testTarget(
      name: "TensorsTests",
      dependencies: ["Tensors", "ModelFiles", "CKernels", "COpenBLAS", "TestSupport"],
      resources: [.copy("Fixtures")], swiftSettings: house),
    .testTarget(
      name: "CryptographyTests", dependencies: ["Cryptography"], swiftSettings: house),
    .testTarget(
      name: "ModelFilesTests",
      dependencies: [
        "ModelFiles", "Tensors", "TestSupport",
        "Cryptography",
      ], resources: [.copy("Fixtures")], swiftSettings: house),
    .testTarget(
      name: "TokenizationTests", dependencies: ["Tokenization", "ModelFiles", "TestSupport"],
      resources: [.copy("Fixtures")], swiftSettings: house),
    .testTarget(
      name: "TransformerTests",
      dependencies: [
        "Transformer", "Tokenization", "ModelFiles", "Tensors", "CKernels", "TestSupport",
      ],
      resources: [.copy("Fixtures")], swiftSettings: house),
    .testTarget(
      name: "GenerationTests",
      dependencies: ["Generation", "Transformer", "Tokenization", "ModelFiles", "TestSupport"],
      resources: [.copy("Fixtures")], swiftSettings: house),
    .testTarget(
      name: "MemoryTests",
      dependencies: [
        "Memory", "Transformer", "Tokenization", "ModelFiles", "TestSupport",
        "Cryptography",
      ], swiftSettings: house),
    .testTarget(
      name: "MemoryModulesTests",
      dependencies: [
        "MemoryModules", "Memory", "Transformer", "Tokenization", "ModelFiles", "TestSupport",
      ], resources: [.copy("Fixtures")], swiftSettings: house),
    .testTarget(
      name: "EvaluationTests",
      dependencies: [
        "MnemeEvaluation", "Mneme", "Memory", "ModelFiles", "Tensors", "Tokenization",
        "TestSupport",
      ],
      resources: [.copy("Fixtures")], swiftSettings: house),
    .testTarget(
      name: "MnemeTests",
      dependencies: ["Mneme", "MnemeEvaluation", "TestSupport"], swiftSettings: house),
    .testTarget(
      name: "MnemeCLITests",
      dependencies: [
        "MnemeCLI", "Mneme", "MnemeEvaluation", "TestSupport",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ], swiftSettings: house),
  ],
  swiftLanguageModes: [.v6],
  cLanguageStandard: .c17,
  cxxLanguageStandard: .cxx17
)
