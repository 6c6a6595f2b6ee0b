/// The words by which the form of a sentence is recognised.
enum SentenceWords {
  /// Words that open a sentence without saying anything.
  static let openers: Set<String> = [
    "and", "but", "so", "then", "well", "okay", "ok", "hey", "hi", "hello", "oh", "ah", "um", "uh",
    "hm", "hmm", "please", "pls", "yes", "yeah", "yep", "no", "nope", "now", "also", "anyway",
    "alright", "great", "cool", "nice", "right", "thanks", "sorry", "mneme", "actually", "kindly",
    "again", "und", "aber", "also", "bitte", "hallo", "et", "mais", "bonjour", "y", "pero", "hola",
  ]

  /// Words of which greetings, thanks and agreement consist.
  static let smallTalk: Set<String> = openers.union([
    "thank", "you", "thx", "ty", "cheers", "bye", "goodbye", "ciao", "see", "later", "soon",
    "tomorrow", "good", "morning", "evening", "night", "afternoon", "day", "have", "a", "lol",
    "haha",
    "hahaha", "wow", "sure", "fine", "perfect", "awesome", "amazing", "interesting", "exactly",
    "indeed", "really", "very", "much", "so", "lot", "many", "it", "got", "gotcha", "sounds",
    "makes",
    "sense", "of", "course", "welcome", "too", "you're", "all", "worries", "problem", "never",
    "mind", "is", "that's", "thats", "true", "that", "sweet", "super", "yo", "howdy", "greetings",
    "there", "again", "everyone", "well", "done", "job", "idea", "for", "the", "help", "your",
    "excellent", "brilliant", "lovely", "great", "how", "are", "what", "up", "what's", "whats",
    "danke", "guten", "tag", "morgen", "abend", "schön", "vielen", "dank", "tschüss", "super",
    "merci", "beaucoup", "bonsoir", "salut", "gracias", "muchas", "buenos", "días", "adiós",
    "grazie", "obrigado", "obrigada",
  ])

  /// Phrases that begin thanks, farewells and the like, whatever follows.
  static let phrases: [[String]] = [
    ["thank", "you", "for"],
    ["i", "have", "a", "question"], ["i've", "got", "a", "question"],
    ["nice", "to", "meet", "you"],
    ["to", "meet", "you"], ["see", "you"], ["talk", "to", "you", "later"], ["how", "are", "you"],
    ["have", "a", "good"], ["have", "a", "nice"], ["have", "a", "great"], ["let", "me", "know"],
    ["let", "me", "think"], ["let", "me", "see"], ["let's", "see"], ["never", "mind"],
    ["go", "ahead"], ["what", "a"],
  ]

  /// Orders to remember something: what they say is a fact.
  static let orders: [[String]] = [
    ["remember"], ["remind", "me", "to"], ["remind", "me", "that"], ["remind", "me", "about"],
    ["don't", "forget"], ["do", "not", "forget"], ["dont", "forget"], ["never", "forget"], ["note"],
    ["keep", "in", "mind"], ["make", "a", "note"], ["take", "a", "note"], ["write", "down"],
    ["save", "this"], ["store"], ["memorize"], ["memorise"], ["call", "me"], ["merk", "dir"],
    ["merke", "dir"], ["vergiss", "nicht"], ["denk", "daran"], ["recuerda"], ["retiens"],
    ["n'oublie", "pas"], ["souviens-toi"], ["can", "you", "remember", "that"],
    ["could", "you", "remember", "that"],
  ]

  /// Questions in other words.
  static let indirect: [[String]] = [
    ["i", "wonder"], ["i'm", "wondering"], ["i", "was", "wondering"], ["i", "want", "to", "know"],
    ["i'd", "like", "to", "know"], ["i", "would", "like", "to", "know"],
    ["i", "need", "to", "know"],
    ["any", "idea"], ["any", "ideas"], ["remind", "me"], ["do", "you"], ["can", "you"],
    ["could", "you"], ["would", "you"], ["will", "you"], ["you", "know", "what"],
    ["remember", "what"], ["remember", "when"], ["remember", "where"], ["remember", "who"],
    ["guess"],
  ]

  /// Auxiliary verbs.
  static let auxiliaries: Set<String> = [
    "is", "are", "am", "was", "were", "do", "does", "did", "have", "has", "had", "can", "could",
    "will", "would", "should", "shall", "may", "might", "must", "isn't", "aren't", "wasn't",
    "weren't", "don't", "doesn't", "didn't", "haven't", "hasn't", "hadn't", "can't", "couldn't",
    "won't", "wouldn't", "shouldn't", "what's", "whats", "who's", "whos", "where's", "wheres",
    "when's", "whens", "how's", "hows",
  ]

  /// Subjects of one word.
  static let pronouns: Set<String> = [
    "i", "you", "we", "he", "she", "they", "i'm", "we're", "i've", "we've",
  ]

  /// Words that begin the subject behind an auxiliary verb.
  static let subjects: Set<String> = pronouns.union([
    "it", "my", "your", "our", "his", "her", "their", "its", "the", "there", "this", "that",
    "these",
    "those", "any", "anyone", "anybody", "anything", "someone", "somebody", "everyone", "people",
  ])

  /// Orders to the assistant.
  static let requests: Set<String> = [
    "write", "explain", "translate", "summarize", "summarise", "describe", "suggest", "recommend",
    "define", "calculate", "compute", "convert", "rewrite", "rephrase", "paraphrase", "proofread",
    "generate", "compose", "recite", "continue", "repeat", "pretend", "elaborate", "clarify",
    "brainstorm", "erkläre", "erklär", "schreibe", "schreib", "übersetze", "explique", "écris",
    "traduis", "explica", "escribe", "traduce",
  ]
  static let requestsForMe: Set<String> = [
    "tell", "give", "show", "help", "teach", "quiz", "ask", "send", "read", "sing", "make", "get",
    "find", "let", "wish", "draw", "play", "cook", "draft", "order", "book",
  ]
  static let requestsForThings: Set<String> = [
    "name", "list", "count", "find", "make", "create", "sing", "say", "spell", "solve",
    "compare", "guess", "act", "draw", "draft", "imagine", "give", "show", "think", "tell",
  ]
  /// What follows such an order.
  static let objects: Set<String> = [
    "a", "an", "the", "some", "any", "all", "this", "that", "these", "one", "two", "three", "four",
    "five", "ten", "it", "up", "as", "me", "us", "to", "of", "more", "another", "something", "you",
    "in", "what", "how", "why",
  ]

  /// Words before a reason: "Since I live in Malmo, ..."
  static let reasons: Set<String> = [
    "since", "because", "as", "given", "considering", "seeing", "being", "that",
  ]
  /// Words that begin what a user says of himself and his.
  static let mine: Set<String> = [
    "i", "i'm", "im", "i've", "ive", "i'd", "i'll", "my", "we", "we're", "we've", "our", "there's",
  ]

  /// Words of a clause that is not sure.
  static let unsure: Set<String> = [
    "know", "sure", "wonder", "wondering", "mean", "think", "guess", "question", "ask",
  ]
  /// Words of a question that wants to have something recalled.
  static let recalling: Set<String> = [
    "know", "remember", "recall", "forget", "remind", "tell", "told", "call", "called", "name",
  ]
  static let modals: Set<String> = ["should", "can", "could", "shall", "would", "must"]
  /// The first words of wishes.
  static let wishing: Set<String> = [
    "can", "could", "would", "will", "do", "any", "got", "have", "is", "are",
  ]

  /// Questions that tell.
  static let believing: [[String]] = [
    ["can", "you", "believe"], ["could", "you", "believe"], ["would", "you", "believe"],
    ["did", "you", "know"], ["did", "you", "hear"], ["have", "i", "told", "you"],
    ["did", "i", "tell", "you"], ["did", "i", "mention"], ["have", "i", "mentioned"],
    ["guess", "what"], ["you", "know", "what"], ["isn't", "it", "great"], ["isn't", "it", "funny"],
    ["isn't", "it", "sad"], ["is", "it", "normal"], ["is", "it", "bad"], ["is", "it", "okay"],
    ["is", "it", "ok"], ["is", "it", "weird"],
  ]

  /// The beginnings of questions in German, French and Spanish.
  static let foreign: [[String]] = [
    ["wie"], ["wo"], ["wann"], ["warum"], ["wieso"], ["wer"], ["wem"], ["wen"], ["wessen"],
    ["woher"], ["wohin"], ["welche"], ["welcher"], ["welches"], ["welchen"], ["was", "ist"],
    ["was", "sind"], ["was", "mag"], ["was", "macht"], ["was", "mache"], ["was", "esse"],
    ["was", "trinke"], ["was", "kann"], ["was", "soll"], ["was", "habe"], ["kannst", "du"],
    ["kennst", "du"], ["weißt", "du"], ["hast", "du"], ["sag", "mir"], ["qui", "est"], ["où"],
    ["quel"], ["quelle"], ["quels"], ["quelles"], ["pourquoi"], ["combien"], ["comment"],
    ["est-ce"], ["qu'est-ce"], ["que", "fait"], ["peux-tu"], ["dis-moi"], ["qué"], ["cómo"],
    ["dónde"], ["cuándo"], ["quién"], ["cuál"], ["cuáles"], ["cuánto"], ["cuántos"],
    ["por", "qué"],
    ["puedes"], ["dime"],
  ]
}
