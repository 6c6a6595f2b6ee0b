/// Words by which a sentence says whom it is about: English, and the commonest of German, Spanish and French.
enum PersonWords {
  /// Something of the speaker's.
  static let possessives: Set<String> = [
    "my", "our", "mine", "ours", "mein", "meine", "meinen", "meiner", "unser", "unsere", "mi",
    "mis", "nuestro", "nuestra", "mon", "ma", "mes", "notre", "nos",
  ]

  /// The speaker.
  static let first: Set<String> = [
    "i", "im", "me", "we", "us", "i'm", "i've", "i'd", "i'll", "we're", "we've", "myself", "ich",
    "mir", "mich", "wir", "uns", "yo", "je", "j", "moi", "nous", "vivo", "tengo",
  ]

  /// Somebody or something named before.
  static let third: Set<String> = [
    "she", "he", "they", "it", "its", "her", "his", "their", "she's", "he's", "they're", "it's",
    "she'll", "he'll", "they'll", "she'd", "he'd", "they'd",
  ]

  /// Whether a word of small letters speaks of the speaker ("j'habite" as well).
  static func isFirstPerson(_ word: String) -> Bool {
    first.contains(word) || possessives.contains(word) || word.hasPrefix("j'")
      || word == "m'appelle"
  }

  /// The relatives, friends and animals a word means, as the number of its group; nil for any other word.
  static func group(_ stem: String) -> Int? { groups[stem] }

  private static let groups: [String: Int] = {
    var found: [String: Int] = [:]
    for (number, line) in table.split(separator: "\n").enumerated() {
      for stem in WordSplitter.stems(of: String(line)) { found[stem] = number }
    }
    return found
  }()

  private static let table = """
    sister schwester hermana sœur soeur
    brother bruder hermano frère
    mother mum mom mama mutter madre mère
    father dad papa vater padre père
    wife husband spouse partner fiancé fiancee girlfriend boyfriend frau mann esposa marido femme mari
    kid child children son daughter boy girl baby babies toddler kinder sohn tochter hijo hija enfant fils fille
    friend mate buddy freund amigo ami
    boss manager supervisor
    neighbour neighbor
    teacher
    colleague coworker
    brother-in-law sister-in-law mother-in-law father-in-law
    cousin uncle aunt niece nephew
    grandmother grandma granny grandfather grandpa grandparent
    cat kitten kitty katze gato gata chat
    dog puppy hund perro chien
    hamster rabbit parrot horse
    """
}
