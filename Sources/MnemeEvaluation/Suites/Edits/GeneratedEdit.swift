/// An edit about an invented person, in CounterFact's form.
///
/// A neighbour is another invented person, for whom the old answer is told first, since the model cannot know it.
struct GeneratedEdit {
  let edit: KnowledgeEdit
  /// The statement told first: the old answer for the neighbour.
  let neighbour: Telling

  /// Wordings of one relation; the subject replaces `{}`.
  private struct Relation {
    var prompt: String
    var paraphrase: String
    var objects: [String]
  }

  private static let relations = [
    Relation(
      prompt: "The mother tongue of {} is", paraphrase: "At home {} speaks the language of",
      objects: """
        English,French,German,Spanish,Italian,Dutch,Russian,Polish,Greek,Turkish,Swedish,Danish,Arabic,Hebrew,Korean,Japanese
        """.split(separator: ",").map(String.init)),
    Relation(
      prompt: "The profession of {} is", paraphrase: "{} earns a living as a",
      objects: """
        lawyer,teacher,farmer,painter,doctor,baker,sailor,carpenter,pilot,gardener,tailor,miner,nurse,singer,butcher,plumber
        """.split(separator: ",").map(String.init)),
    Relation(
      prompt: "The birthplace of {} is", paraphrase: "{} was born in the city of",
      objects: """
        London,Paris,Berlin,Madrid,Rome,Vienna,Prague,Oslo,Lisbon,Dublin,Athens,Warsaw,Boston,Chicago,Tokyo,Cairo
        """.split(separator: ",").map(String.init)),
    Relation(
      prompt: "The instrument of {} is the", paraphrase: "On stage {} plays the",
      objects: """
        piano,violin,guitar,flute,drums,cello,harp,trumpet,organ,accordion,banjo,clarinet,oboe,tuba,viola,lute
        """.split(separator: ",").map(String.init)),
    Relation(
      prompt: "The favourite sport of {} is", paraphrase: "On Sundays {} likes to watch",
      objects: """
        football,tennis,swimming,chess,cycling,hockey,rowing,skiing,sailing,boxing,golf,fencing,rugby,judo,archery,cricket
        """.split(separator: ",").map(String.init)),
  ]

  /// `count` edits, every second one a rewrite of an answer that is written first.
  ///
  /// Besides its own words an edit has a paraphrase or a neighbour to be asked with, in turn, so that two questions an edit
  /// make all kinds. Which relation is rewritten and which is paraphrased changes from batch to batch.
  ///
  /// - Parameter batch: the number of the batch.
  static func draw(
    _ count: Int, number batch: Int, avoiding avoided: Set<String>, _ random: inout SuiteRandom
  ) -> [GeneratedEdit] {
    var names = InventedNames(avoiding: avoided)
    var used = avoided
    return (0..<count).map { number in
      let relation = relations[(number + batch) % relations.count]
      let isParaphrased = (number + batch) % 2 == 0
      let objects = Distinct.sample(relation.objects, 2, avoiding: used, &random)
      used.formUnion(objects)
      let subject = names.next(&random) + " " + names.next(&random)
      let other = names.next(&random) + " " + names.next(&random)
      let neighbour = relation.prompt.replacing("{}", with: other)
      return GeneratedEdit(
        edit: KnowledgeEdit(
          prompt: relation.prompt.replacing("{}", with: subject), new: objects[0],
          old: objects[1],
          paraphrases: isParaphrased ? [relation.paraphrase.replacing("{}", with: subject)] : [],
          neighbours: isParaphrased ? [] : [neighbour], isRewrite: number % 2 == 1),
        neighbour: Telling(.fact, neighbour + " " + objects[1], answer: objects[1]))
    }
  }
}
