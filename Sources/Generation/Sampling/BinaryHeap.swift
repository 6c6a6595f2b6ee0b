/// A binary heap: the least element first, found in constant time and taken in logarithmic time.
struct BinaryHeap<Element: Comparable> {
  /// The elements in the heap's order: no parent is greater than its children.
  private(set) var elements: [Element]

  /// Arranges elements in linear time (Floyd 1964).
  init(_ elements: [Element]) {
    self.elements = elements
    for index in stride(from: elements.count / 2 - 1, through: 0, by: -1) { sink(index) }
  }

  /// The least element.
  var first: Element? { elements.first }

  /// Removes the least element.
  mutating func popFirst() -> Element? {
    guard let first = elements.first else { return nil }
    let last = elements.removeLast()
    if !elements.isEmpty {
      elements[0] = last
      sink(0)
    }
    return first
  }

  /// Puts another element in the place of the least one; the heap must not be empty.
  mutating func replaceFirst(_ element: Element) {
    elements[0] = element
    sink(0)
  }

  private mutating func sink(_ start: Int) {
    var parent = start
    while true {
      var child = 2 * parent + 1
      guard child < elements.count else { return }
      if child + 1 < elements.count, elements[child + 1] < elements[child] { child += 1 }
      guard elements[child] < elements[parent] else { return }
      elements.swapAt(child, parent)
      parent = child
    }
  }
}
