package import Memory

/// Larimar's K x C memory as an index over the ledger: the latent of a question is addressed and read, and the facts whose
/// latents are closest to what comes back are candidates. It can be made again from the ledger at any time.
package struct LatentIndex: Sendable {
  package private(set) var memory: LeastSquaresMemory
  /// What the facts say, as an adapter encodes it, under the same addresses; nil when nobody reads it.
  private var contents: LeastSquaresMemory?
  private var addresser: Addresser
  private var addresses: [Int: [Double]] = [:]  // by fact
  private let configuration: EpisodicConfiguration

  /// An empty index; nil when the configuration finds facts through the ledger alone.
  ///
  /// - Parameter contentColumns: values of what an adapter encodes of a fact; 0 for none.
  package init?(_ configuration: EpisodicConfiguration, contentColumns: Int = 0) {
    guard configuration.addressing != .slots else { return nil }
    self.configuration = configuration
    memory = LeastSquaresMemory(
      slots: configuration.slotCount, columns: configuration.latentWidth,
      ridge: configuration.ridge)
    if contentColumns > 0 {
      contents = LeastSquaresMemory(
        slots: configuration.slotCount, columns: contentColumns, ridge: configuration.ridge)
    }
    addresser = Addresser(
      addressing: configuration.addressing, slots: configuration.slotCount,
      columns: configuration.latentWidth)
  }

  /// The index over some facts.
  package init?(_ configuration: EpisodicConfiguration, facts: [(id: Int, profile: FactProfile)]) {
    self.init(configuration)
    for fact in facts { write(fact.id, fact.profile) }
  }

  /// Writes a fact: key from the cues, value from the whole.
  package mutating func write(_ id: Int, _ profile: FactProfile, content: [Float] = []) {
    let key = profile.cueLatent.map(Double.init)
    _ = addresser.admit(key)
    let address = addresser.address(key, memory: memory.m)
    guard memory.write(address, value(profile, at: address)) else { return }
    addresses[id] = address
    if content.count == contents?.columns { contents?.write(address, content.map(Double.init)) }
  }

  /// Takes a fact back by subtraction.
  ///
  /// - Returns: false when subtraction would leave a trace (slots that grew from it, keys that depended on it): the index
  ///   must be made again.
  package mutating func forget(
    _ id: Int, _ profile: FactProfile, content: [Float] = []
  ) -> Bool {
    guard configuration.addressing == .reference, let address = addresses.removeValue(forKey: id)
    else { return false }
    guard memory.forget(address, value(profile, at: address)) else { return false }
    guard content.count == contents?.columns else { return true }
    return contents?.forget(address, content.map(Double.init)) ?? true
  }

  /// What is written of a fact: its latent, less what M_0 says there.
  private func value(_ profile: FactProfile, at address: [Double]) -> [Double] {
    zip(profile.latent, addresser.prior(address)).map { Double($0) - $1 }
  }

  /// What the memory answers to a latent, [latent columns].
  package func read(_ latent: [Float]) -> [Float] {
    let address = addresser.address(latent.map(Double.init), memory: memory.m)
    return zip(memory.read(address), addresser.prior(address)).map { Float($0 + $1) }
  }

  /// What the facts under the address of a latent say, [content columns]; nil when nobody reads it.
  package func content(_ latent: [Float]) -> [Float]? {
    contents?.read(addresser.address(latent.map(Double.init), memory: memory.m)).map(Float.init)
  }

  /// How full it is.
  package var capacity: CapacityReport { memory.capacity(rank: addresser.rank) }
}
