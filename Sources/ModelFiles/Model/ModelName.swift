/// What people call a model.
public enum ModelName {
  /// Names in the files of models with a name in `--model`, where people know the model by another.
  private static let known = ["Smollm2 135M 8k Lc100K Mix1 Ep2": "SmolLM2-135M-Instruct"]

  /// The name people know, for the name in a model's file; any other name as it is.
  public static func shown(_ name: String) -> String { known[name] ?? name }
}
