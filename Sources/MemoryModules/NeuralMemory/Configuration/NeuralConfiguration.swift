public import Memory

/// The configuration of a neural memory, or of one of its parts. Keys an adapter's JSON lacks have their defaults, so older
/// adapters still load.
public struct NeuralConfiguration: ModuleConfiguration {
  /// What learns: an MLP beside the model, or fast weights inside its blocks, for which `weights` takes the place of all
  /// options but `writeMask`.
  public var form = Form.mixing
  /// Fast weights, for that form.
  public var weights = FastWeightPlan()
  /// Layers of the MLP, 1 to 4 (L_M of the paper).
  public var depth = 2
  /// Units of each inner layer of a head; `expansion` takes its place when given.
  public var hiddenWidth: Int
  /// Units of each inner layer as a multiple of a head's key columns.
  public var expansion: Float?
  /// MLPs side by side: head i maps its share of the key, scaled to length 1, to its share of the output.
  public var heads = 1
  /// Between the layers.
  public var activation = Activation.silu
  /// What it is trained to do.
  public var loss = Loss.nextToken
  /// delta of `huber`, on the length of the error; codes have length 1.
  public var huberDelta = TokenGate(base: 0.5)
  /// p of `l-p`, 1...8.
  public var errorPower: Float = 3
  /// How far back one step looks.
  public var omega = Omega()
  /// What the MLP sees of a key.
  public var keyFeatures = KeyFeatures()
  /// How a chunk is written.
  public var writeRule = WriteRule.gradient
  /// Tokens after which the anchor, where gradients are taken, moves (b of the paper).
  public var chunkLength = 16
  /// theta: step size in units of the local curvature bound, so that it means the same on any model.
  public var learningRate = TokenGate(base: 2)
  /// eta: share of past surprise that stays, 0...1.
  public var momentum = TokenGate(base: 0)
  /// alpha: share of what was learned that is forgotten at each token, 0...1; decay is towards M_0.
  public var forget = TokenGate(base: 0)
  /// Surprisal of an average token, nats; the gates' unit.
  public var referenceSurprisal: Float = 4
  /// Bound on the steps of one chunk together, in units of the curvature bound.
  public var trust: Float = 48
  /// What bounds a step.
  public var stepBound = StepBound.chunk
  /// Tokens below it are not written; nil writes all.
  public var threshold: Threshold?
  /// Roles and sources that are not written; nil writes all.
  public var writeMask: WriteMask?
  /// Sharpness of the decoding of an associative read.
  public var decodingScale: Float = 20
  /// Where the memory acts inside the model; nil for logit mixing alone (LMM).
  public var wiring: NeuralWiringPlan?
  /// The wired part beside this one, at most one: this one learns texts and is read through logit mixing, that one acts inside
  /// the forward pass by projections an adapter was trained for.
  @StoredConfigurations public var companion: [NeuralConfiguration] = []
  /// Seed of M_0.
  public var seed: UInt64 = 0x4d6e_656d_65

  /// A configuration with the defaults and a given inner width.
  public init(hiddenWidth: Int) { self.hiddenWidth = hiddenWidth }

  /// Twice the model's width of inner units, within bounds.
  public init(for context: ModuleContext) {
    self.init(hiddenWidth: max(32, min(1024, 2 * context.width)))
    weights = FastWeightPlan(width: context.width)
  }
}
