/// A small world in which people walk, take things, put them down and pass them on: the source of stories and of right answers.
///
/// The simulation of bAbI (Weston et al. 2015, "Towards AI-complete question answering", arXiv 1502.05698),
/// reimplemented.
struct World {
  /// Something that happens.
  enum Event: Equatable {
    case move(actor: String, room: String)
    case take(actor: String, object: String)
    case drop(actor: String, object: String)
    case give(actor: String, object: String, receiver: String)
  }

  /// A gift: who gave what to whom.
  struct Gift: Equatable {
    var giver: String
    var object: String
    var receiver: String
  }

  let actors: [String]
  let rooms: [String]
  let objects: [String]

  /// Where people are.
  private(set) var room: [String: String] = [:]
  /// Who has a thing.
  private(set) var holder: [String: String] = [:]
  /// What people have, in the order in which they got it.
  private(set) var held: [String: [String]] = [:]
  /// The rooms a thing has been in, one after another, without repetition of the last.
  private(set) var trail: [String: [String]] = [:]
  /// Gifts in order.
  private(set) var gifts: [Gift] = []

  init(actors: [String], rooms: [String], objects: [String]) {
    self.actors = actors
    self.rooms = rooms
    self.objects = objects
  }

  /// Whether something can happen now.
  func allows(_ event: Event) -> Bool {
    switch event {
    case .move(let actor, let room): self.room[actor] != room
    case .take(let actor, let object):
      holder[object] == nil && room[actor] != nil
        && (trail[object]?.last == nil || trail[object]?.last == room[actor])
    case .drop(let actor, let object): holder[object] == actor
    case .give(let actor, let object, let receiver):
      holder[object] == actor && actor != receiver && room[actor] != nil
        && room[actor] == room[receiver]
    }
  }

  /// Lets something happen that can.
  mutating func apply(_ event: Event) {
    switch event {
    case .move(let actor, let room):
      self.room[actor] = room
      for object in held[actor] ?? [] { visit(room, object) }
    case .take(let actor, let object):
      holder[object] = actor
      held[actor, default: []].append(object)
      if let room = room[actor] { visit(room, object) }
    case .drop(let actor, let object):
      holder[object] = nil
      held[actor]?.removeAll { $0 == object }
    case .give(let actor, let object, let receiver):
      holder[object] = receiver
      held[actor]?.removeAll { $0 == object }
      held[receiver, default: []].append(object)
      gifts.append(Gift(giver: actor, object: object, receiver: receiver))
    }
  }

  private mutating func visit(_ room: String, _ object: String) {
    if trail[object]?.last != room { trail[object, default: []].append(room) }
  }

  /// Every gift that could be made now.
  private var possibleGifts: [Event] {
    actors.flatMap { actor in
      (held[actor] ?? []).flatMap { object in
        // A thing is not given straight back to its giver.
        let giver = gifts.last { $0.object == object && $0.receiver == actor }?.giver
        return actors.filter { $0 != giver }
          .map { Event.give(actor: actor, object: object, receiver: $0) }.filter(allows)
      }
    }
  }

  /// Something that can happen next; people who have not been anywhere come first.
  func next(_ random: inout SuiteRandom) -> Event {
    for actor in actors where room[actor] == nil {
      return .move(actor: actor, room: random.pick(rooms))
    }
    // People rarely meet by chance, and only people in the same room can give.
    let possible = possibleGifts
    if !possible.isEmpty, random.below(2) == 0 { return random.pick(possible) }
    for _ in 0..<64 {
      let actor = random.pick(actors)
      let mine = held[actor] ?? []
      let event: Event
      switch random.below(8) {
      case 0..<3: event = .move(actor: actor, room: random.pick(rooms))
      case 3:
        guard let room = room[random.pick(actors)] else { continue }
        event = .move(actor: actor, room: room)
      case 4..<7: event = .take(actor: actor, object: random.pick(objects))
      default:
        guard !mine.isEmpty else { continue }
        event = .drop(actor: actor, object: random.pick(mine))
      }
      if allows(event) { return event }
    }
    // Somebody can always leave: there are at least two rooms.
    let actor = random.pick(actors)
    return .move(actor: actor, room: random.pick(rooms.filter { room[actor] != $0 }))
  }
}
