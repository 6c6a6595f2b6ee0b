package import Memory

/// Larimar's K x C memory as an index over the ledger: the memory is read at the address of a question's latent, and
/// the facts whose latents are closest to the result are candidates. It can be rebuilt from the ledger at any time.
package struct LatentIndex: Sendable {
  package private(set) var memory: LeastSquaresMemory
  /// The facts' contents, as an adapter encodes them, at the same addresses; nil when no read-out uses them.
  private var contents: LeastSquaresMemory?
  private var addresser: Addresser
  private var addresses: [Int: [Double]] = [:]  // by fact
  private let configuration: EpisodicConfiguration

  /// An empty index; nil when the configuration finds facts through the ledger alone.
  ///
  /// - Parameter contentColumns: values of a fact's encoded content; 0 for none.
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

  /// Removes a fact by subtraction.
  ///
  /// - Returns: false when subtraction would leave a trace (slots that grew from it, keys that depended on it): the
  ///   index must be rebuilt.
  package mutating func forget(
    _ id: Int, _ profile: FactProfile, content: [Float] = []
  ) -> Bool {
    guard configuration.addressing == .reference, let address = addresses.removeValue(forKey: id)
    else { return false }
    guard memory.forget(address, value(profile, at: address)) else { return false }
    guard content.count == contents?.columns else { return true }
    return contents?.forget(address, content.map(Double.init)) ?? true
  }

  /// The value written for a fact: its latent minus the read of M_0 at its address.
  private func value(_ profile: FactProfile, at address: [Double]) -> [Double] {
    zip(profile.latent, addresser.prior(address)).map { Double($0) - $1 }
  }

  /// The memory's read at the address of a latent, [latent columns].
  package func read(_ latent: [Float]) -> [Float] {
    let address = addresser.address(latent.map(Double.init), memory: memory.m)
    return zip(memory.read(address), addresser.prior(address)).map { Float($0 + $1) }
  }

  /// The contents read at the address of a latent, [content columns]; nil when no read-out uses them.
  package func content(_ latent: [Float]) -> [Float]? {
    contents?.read(addresser.address(latent.map(Double.init), memory: memory.m)).map(Float.init)
  }

  /// How full it is.
  package var capacity: CapacityReport { memory.capacity(rank: addresser.rank) }
}
