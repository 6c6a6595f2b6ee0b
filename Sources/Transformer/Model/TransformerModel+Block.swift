extension TransformerModel {
  /// The weights of one block; the architectures' files say what they are called.
  struct Block: Sendable {
    let attentionNorm: Norm  // over width
    let query: Projection  // [heads * headDimension, width]
    let key: Projection  // [kvHeads * headDimension, width]
    let value: Projection  // [kvHeads * headDimension, width]
    /// Over the values of each head, before RoPE.
    var queryNorm: Norm?
    var keyNorm: Norm?
    let attentionOutput: Projection  // [width, heads * headDimension]
    /// Over the output of attention, before it is added to the residual stream.
    var attentionPostNorm: Norm?
    let feedForwardNorm: Norm  // over width
    let gate: Projection?  // [feedForwardWidth, width]
    let up: Projection  // [feedForwardWidth, width]
    let down: Projection  // [width, feedForwardWidth]
    /// Over the output of the feed-forward network, before it is added to the residual stream.
    var feedForwardPostNorm: Norm?
  }
}
