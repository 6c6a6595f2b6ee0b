import Mneme
import MnemeCLI
import Testing

@Suite("What a long fit costs")
struct CostTests {
  @Test("The time is told once enough is done to know the speed")
  func time() {
    #expect(TrainingCost(after: 0.5, took: 4.9, bytes: 1) == nil)
    #expect(TrainingCost(after: 0.009, took: 60, bytes: 1) == nil)
    #expect(TrainingCost(after: 1, took: 60, bytes: 1) == nil)
    #expect(
      TrainingCost(after: 0.02, took: 12, bytes: 7) == TrainingCost(seconds: 600, bytes: 7))
  }

  @Test("In words")
  func words() {
    let text = CostAnnouncement.text(TrainingCost(seconds: 600, bytes: 7))
    #expect(text.hasPrefix("It takes about 10 min on this machine."))
    #expect(
      CostAnnouncement.beginning(bytes: 363 << 20)
        == "Fitting needs about 400 MiB of memory; how long it takes is said in a moment.")
    #expect(CostAnnouncement.beginning(bytes: 2 << 30).contains("about 2,100 MiB "))
    #expect(CostAnnouncement.beginning(bytes: 0).contains("about 100 MiB "))
  }

  @Test("It is said once")
  func once() {
    let cost = CostAnnouncement(bytes: 1, now: 100)
    #expect(cost.text(after: 0.01, now: 102) == nil)
    #expect(cost.text(after: 0.02, now: 106)?.contains("about 5 min") == true)
    #expect(cost.text(after: 0.5, now: 110) == nil)
  }
}
