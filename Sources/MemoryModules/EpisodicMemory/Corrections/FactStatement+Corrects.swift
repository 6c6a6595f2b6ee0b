import Tokenization

/// What makes one statement take the place of another.
extension FactStatement {
  /// How far an older statement is from a newer one.
  struct Distance {
    /// Whether both were said in one conversation.
    let isSameConversation: Bool
    /// Facts of the user between them that still hold.
    let between: Int
  }

  /// Whether this statement, which is marked as a correction, is about an older one and gives it another value or takes
  /// it back. What is only perhaps meant does not count: nothing unrelated may be retired.
  func corrects(_ old: FactStatement, at distance: Distance) -> Bool {
    guard isMarked else { return false }
    if let denied { return denies(denied, old, at: distance) }
    guard !value.isEmpty, !old.value.isEmpty, !saysSame(old) else { return false }
    let isNear = distance.isSameConversation && distance.between < 3
    let isNext = distance.isSameConversation && distance.between == 0
    let mine = subject
    if lacksSubject, mine.isEmpty {
      // "She's called Nori", "Sorry, I meant Wednesday": about what was just said.
      let isPronoun = StatementWords.pronouns.contains(words[clause].first?.lower ?? "")
      guard isOutright ? isNear : isNext, !isPronoun || !old.isAboutUserAlone else { return false }
      return agrees(with: old, isNext: isNext)
    }
    if mine.isEmpty {
      guard isFirstPerson, old.isAboutUserAlone else { return false }
      return agrees(with: old, isNext: isNext)
    }
    let theirs = old.subject
    guard !theirs.isEmpty, theirs.isSubset(of: mine) || mine.isSubset(of: theirs) else {
      return false
    }
    if mine == theirs, linkKind == .be, old.linkKind == .be,
      !mine.isDisjoint(with: StatementWords.single)
    {
      return true
    }
    return agrees(with: old, isNext: isNext)
  }

  /// Whether this statement gives another value for exactly what an older one is about, without a word of correction:
  /// "My dog is called Trillo" after "My dog is called Bozkif", "I live in York" after "I live in Leeds".
  func replaces(_ old: FactStatement) -> Bool {
    guard canReplace, old.canReplace, !saysSame(old), linkKind == old.linkKind,
      subject == old.subject
    else { return false }
    if isLiving || old.isLiving {
      return isLiving && old.isLiving && linkKind == .place && valueKind == old.valueKind
        && isFirstPerson == old.isFirstPerson
        && (isFirstPerson || !subject.isEmpty)
    }
    if isAboutUserAlone, old.isAboutUserAlone {
      // "I am 42 years old."
      return linkKind == .be && valueKind == .number && old.valueKind == .number
        && value.count > 1 && words[value].last?.lower == old.words[old.value].last?.lower
    }
    guard !subject.isEmpty, isFirstPerson == old.isFirstPerson else { return false }
    return linkKind == .call || linkKind == .be && !subject.isDisjoint(with: StatementWords.single)
  }

  /// Whether it may take the place of another without a word of correction.
  var canReplace: Bool {
    guard denied == nil, !value.isEmpty, !lacksSubject, !isVague else { return false }
    return isLiving || isAboutUserAlone || linkKind == .call
      || linkKind == .be && !subject.isDisjoint(with: StatementWords.single)
  }

  /// Whether there may be several of what it is about.
  private var isVague: Bool {
    words.enumerated().contains { index, word in
      StatementWords.several.contains(word.lower)
        || index < (link ?? 0) && ["have", "has", "had", "got", "a", "an"].contains(word.lower)
    }
  }

  /// Whether it is about the user and no thing of his: "I am 41", "We live in Leeds".
  var isAboutUserAlone: Bool { isFirstPerson && subject.isEmpty }

  private func saysSame(_ old: FactStatement) -> Bool {
    stems(value) == old.stems(old.value) && !stems(value).isEmpty
  }

  /// Whether link and value are of the same kinds.
  private func agrees(with old: FactStatement, isNext: Bool) -> Bool {
    if isLiving, old.isLiving {
      return linkKind == .place && old.linkKind == .place && valueKind == old.valueKind
    }
    switch valueKind {
    // "The meeting got moved to Wednesday" after "My meeting is on Monday".
    case .weekday, .month: return old.valueKind == valueKind
    case .number, .colour:
      return old.valueKind == valueKind && !isLiving && !old.isLiving
        && (link == nil || linkKind == old.linkKind)
    case .name, .other:
      guard !isLiving, !old.isLiving || link == nil else { return false }
      if let linkKind, linkKind != .be { return linkKind == old.linkKind }
      guard isNext, old.valueKind == valueKind else { return false }
      if link == nil { return true }
      // "Sorry, I'm late" is no news about "I am tired", "Actually, I'm a nurse" is about "I'm a midwife".
      return old.linkKind == .be && (!isFirstPerson || hasArticle && old.hasArticle)
    }
  }

  /// Whether what is taken back was said by an older statement of the same person or thing.
  private func denies(_ denied: Range<Int>, _ old: FactStatement, at distance: Distance) -> Bool {
    let key = stems(denied)
    let theirs = Set(old.words.compactMap { Self.stem($0.lower) })
    guard !key.isEmpty, key.allSatisfy(theirs.contains), !saysSame(old) || value.isEmpty else {
      return false
    }
    guard old.denied == nil else { return false }
    // What is taken back is what the older one says, not whom it is about.
    let isValue = old.stems(old.value).contains { key.contains($0) }
    guard isValue else { return false }
    let mine = subject.subtracting(key)
    if !mine.isEmpty { return !mine.isDisjoint(with: old.subject) }
    if isFirstPerson, link != nil || value.isEmpty {
      return old.isFirstPerson && old.subject.subtracting(key).isEmpty
    }
    return distance.isSameConversation
  }

  /// What this correction says by itself: with the subject of the statement it corrects, where its own lacks one.
  ///
  /// - Parameter old: the corrected statement, as it would read by itself.
  func completed(from old: FactStatement?) -> String {
    let own = sentence(from: words.indices.contains(clause.lowerBound) ? clause.lowerBound : first)
    guard let old, !value.isEmpty, !words.isEmpty else {
      return words.indices.contains(first) ? sentence(from: first) : text
    }
    let isMoved = valueKind == .weekday || valueKind == .month
    guard lacksSubject || isMoved && linkKind != old.linkKind else { return own }
    let place = denied.flatMap { old.place(of: stems($0)) } ?? old.valueHead
    return old.replacing(place, by: said(valueHead)) ?? own
  }

  /// Where some stems stand one after the other.
  private func place(of stems: [String]) -> Range<Int>? {
    guard !stems.isEmpty, stems.count <= words.count else { return nil }
    return (0...words.count - stems.count).reversed().lazy.map { $0..<$0 + stems.count }
      .first { range in words[range].map { Self.stem($0.lower) ?? "" } == stems }
  }
}
