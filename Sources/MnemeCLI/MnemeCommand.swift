import ArgumentParser

@main
struct MnemeCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(commandName: "mneme")
}
