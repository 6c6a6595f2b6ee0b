// The names of lower rooms that the facade's own types speak of: `import Mneme` shows these and no others. What else the
// rooms hold is their own business and may change from one version to the next.

// Models and tokens
@_exported public import struct Generation.ChatMessage
@_exported public import enum Generation.ChatRole
@_exported public import struct Generation.ChatTemplate
@_exported public import struct Generation.SamplingConfiguration
@_exported public import enum Generation.SamplingRange
// Memories
@_exported public import struct Memory.Adapter
@_exported public import struct Memory.CapacityReport
@_exported public import protocol Memory.CapacityReporting
@_exported public import enum Memory.Certainty
@_exported public import class Memory.DetachableMemory
// Facts, journals, forgetting and merging
@_exported public import struct Memory.Fact
@_exported public import struct Memory.FactAnswer
@_exported public import protocol Memory.FactMemory
@_exported public import enum Memory.Forgetting
@_exported public import struct Memory.ForgettingReport
@_exported public import struct Memory.ForgettingSelection
@_exported public import struct Memory.Journal
@_exported public import struct Memory.JournalCommit
@_exported public import struct Memory.MemoryContribution
@_exported public import struct Memory.MemoryDifference
// Errors
@_exported public import enum Memory.MemoryError
@_exported public import struct Memory.MemoryFileInfo
@_exported public import struct Memory.MemoryHistoryStep
@_exported public import struct Memory.MergeConflict
@_exported public import enum Memory.MergePolicy
@_exported public import struct Memory.MergeReport
@_exported public import struct Memory.ModuleContents
@_exported public import struct Memory.ModuleDescription
@_exported public import struct Memory.ModuleKind
@_exported public import struct Memory.ModuleRegistry
@_exported public import struct Memory.ModuleSetting
@_exported public import struct Memory.Passphrase
@_exported public import enum Memory.Readout
@_exported public import struct Memory.RecalledFact
@_exported public import struct Memory.RefitReport
@_exported public import enum Memory.Socket
@_exported public import struct Memory.TokenSurprise
// Measurements of single parts, for `mneme bench`
@_exported public import struct MemoryModules.FactWriteMeasurement
@_exported public import struct MemoryModules.MemoryOptions
@_exported public import enum MemoryModules.NeighborKeyType
@_exported public import struct MemoryModules.SearchMeasurement
// Writing files whole or not at all, and reading what somebody else wrote
@_exported public import enum ModelFiles.AtomicFile
@_exported public import enum ModelFiles.ByteOrderMark
@_exported public import struct ModelFiles.ByteString
@_exported public import struct ModelFiles.ConversionPlan
@_exported public import struct ModelFiles.ErrorExplanation
@_exported public import protocol ModelFiles.MnemeError
@_exported public import enum ModelFiles.ModelFileError
@_exported public import struct ModelFiles.QuantizationPlan
@_exported public import enum Tensors.ElementType
@_exported public import protocol Tokenization.Tokenizer
@_exported public import enum Tokenization.TokenizerError
@_exported public import enum Transformer.CacheType
@_exported public import struct Transformer.HookPoint
@_exported public import struct Transformer.Provenance
@_exported public import enum Transformer.Role
@_exported public import enum Transformer.TransformerError
@_exported public import class Transformer.TransformerModel
