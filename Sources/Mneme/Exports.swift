// Types that programs need besides the facade's own, so that `import Mneme` is enough.
@_exported public import Evaluation
@_exported public import Generation
@_exported public import Memory
@_exported public import MemoryModules
@_exported public import ModelFiles
@_exported public import Tensors
@_exported public import Tokenization
@_exported public import Transformer
