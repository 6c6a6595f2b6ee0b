public import Memory

extension ModuleRegistry {
  /// Every module this package has, in the order users see them.
  public static let standard = ModuleRegistry([
    NeuralMemory.self, EpisodicMemory.self, NeighborMemory.self, CompressiveMemory.self,
    HopfieldMemory.self, TransformerXLMemory.self, BlockMemory.self, DocumentMemory.self,
    DynamicCompressiveMemory.self, LEMNMemory.self, NTMMemory.self, DNCMemory.self,
    SlotMemory<SparseDistributedCell>.self, SlotMemory<FastWeightCell>.self,
    SlotMemory<MemoryNetworkCell>.self, SlotMemory<ProgressiveCell>.self,
  ])
}
