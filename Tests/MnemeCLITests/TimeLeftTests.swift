import MnemeCLI
import Testing

@Suite("Time left")
struct TimeLeftTests {
  /// What is shown after reports of (share, seconds).
  private func shown(_ reports: [(Double, Double)]) -> [Double?] {
    var left = TimeLeft()
    return reports.map { left.update($0.0, at: 100 + $0.1) }
  }

  @Test("Nothing before 3 s and 3 %, nor at the end")
  func begins() {
    #expect(shown([(0, 0), (0.5, 2.9)]).last == .some(nil))
    #expect(shown([(0, 0), (0.029, 60)]).last == .some(nil))
    #expect(shown([(0, 0), (0.25, 3)]).last == .some(9))
    #expect(shown([(0, 0), (0.5, 10), (1, 20)]).last == .some(nil))
    #expect(shown([(0, 0), (.nan, 10)]).last == .some(nil))
  }

  @Test("At a steady speed it counts down")
  func countsDown() {
    for (second, left) in shown((0...100).map { (Double($0) / 100, Double($0)) }).enumerated() {
      guard (3..<100).contains(second) else {
        #expect(left == nil)
        continue
      }
      #expect(abs((left ?? 0) - Double(100 - second)) < 1e-6)
    }
  }

  @Test("Small changes of speed do not show, large ones do")
  func steadies() throws {
    // 10 % after 10 s: 90 s. Then a little slower than before: the time goes on counting down.
    let slower = shown([(0, 0), (0.1, 10), (0.19, 20), (0.28, 30)])
    #expect(slower[1] == 90 && slower[2] == 80 && slower[3] == 70)
    // Five times as slow: the estimate takes over.
    let stalled = try #require(shown([(0, 0), (0.1, 10), (0.12, 20)])[2])
    #expect(abs(stalled - 20 * 0.88 / 0.12) < 1e-9)
    // A job that stands still never says that it is done.
    let late = shown([(0, 0), (0.5, 10), (0.5, 20), (0.5, 30)])
    #expect(late[3] == 30)
  }

  @Test("A job that is taken up again is judged by what is new, and the next part begins anew")
  func resumes() {
    // From 60 to 70 % in 10 s: 30 s for the rest, not 4.
    #expect(abs((shown([(0.6, 0), (0.7, 10)])[1] ?? 0) - 30) < 1e-6)
    let parts = shown([(0, 0), (0.9, 10), (0, 11), (0.5, 12), (0.5, 15)])
    #expect(parts[1] != nil && parts[2] == nil && parts[3] == nil)
    #expect(parts[4] == 4)
  }

  @Test("In words, never 0 s")
  func words() {
    #expect(TimeLeft.text(0.2) == "1 s left")
    #expect(TimeLeft.text(42.4) == "42 s left")
    #expect(TimeLeft.text(200) == "3 min left")
    #expect(TimeLeft.text(7800) == "2 h 10 min left")
  }

  @Test("On the bar between the share and what is being done")
  func bar() {
    #expect(
      ProgressBar.line("Learning", 0.5, "a.txt", left: 42, columns: 80)
        == "Learning [############............]  50 %  42 s left  a.txt")
    #expect(
      ProgressBar.line("Learning", 0.5, "", left: 42, columns: 80)
        == "Learning [############............]  50 %  42 s left")
  }
}
