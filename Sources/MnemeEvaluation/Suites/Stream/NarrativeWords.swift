/// The words a story is made of.
enum NarrativeWords {
  static let trades = [
    "the clockmaker", "the ferryman", "the beekeeper", "the schoolmaster", "the glassblower",
    "the mapmaker", "the lamplighter", "the ropemaker", "the bookbinder", "the weaver",
    "the stonecutter", "the doctor",
  ]
  static let possessions = [
    "a silver whistle", "a blue umbrella", "a broken compass", "a wooden leg", "a green lantern",
    "a bag of old coins", "a violin without strings", "a brass telescope", "a red velvet hat",
    "a book with empty pages", "an iron key", "a painted fan",
  ]
  static let animals = [
    "the one-eyed cat", "the white goat", "the tame crow", "the lazy donkey",
    "the three-legged dog",
    "the grey parrot", "the little pig", "the talking starling", "the old mare", "the spotted hen",
  ]
  static let beginnings = [
    "A slow boat", "An honest debt", "Every locked door", "The longest winter", "A borrowed coat",
    "A full cup", "The smallest bell", "No good road",
  ]
  static let endings = [
    "knows its own harbour", "is half a promise", "asks for a patient hand", "never hurries home",
    "weighs more in the dark", "is worth two good neighbours", "keeps the thief awake",
    "tells the truth by morning",
  ]
  static let skies = [
    "The rain hung", "A pale moon stood", "Heavy clouds lay", "Swallows were circling",
    "The smoke of a hundred chimneys rose", "A thin mist spread", "The evening star shone",
    "The first snow fell", "A warm wind blew",
  ]
  static let sounds = [
    "the bells were ringing", "nobody was in the street", "a door was slammed",
    "children were shouting", "the mill wheel turned and turned", "a dog barked twice",
    "the market was about to close", "an organ was playing", "the water was rising",
    "someone was chopping wood",
  ]
  static let hours = [
    "before breakfast", "at dusk", "in the middle of the night", "on the following Sunday",
    "an hour later", "when the lamps were lit", "after the third bell", "in the first week of May",
    "while the others slept", "on the way back", "towards noon", "as the ferry left",
  ]
  static let roads = [
    "long and muddy", "steeper than expected", "blocked by fallen trees", "white with dust",
    "empty for miles", "full of carts and sheep", "under water", "lined with old poplars",
  ]
  static let manners = [
    "in a low voice", "without a word of thanks", "with great care", "as if in a dream",
    "for the second time", "much too late", "with a strange smile", "against all advice",
    "for no reason at all", "to everyone's surprise", "as quickly as possible",
    "and was ashamed of it",
  ]
  static let journeys = [
    "walked", "rode", "travelled by boat", "was carried in a cart", "ran all the way",
    "took the ferry",
    "wandered", "was sent", "had to flee", "returned",
  ]
  static let answers = [
    "laughed", "said nothing", "shook his head", "refused", "promised to think about it",
    "went pale", "changed the subject", "asked for more time", "wept a little", "agreed at last",
  ]
  static let antics = [
    "ate the letter", "hid behind the stove", "ran across the square", "slept through the storm",
    "knocked over a jug", "stole a sausage", "followed the mayor", "sat on the map",
    "waited at the gate",
  ]
  static let deeds = [
    "mended the roof of the chapel", "counted the barrels in the cellar", "lost a bet",
    "planted eleven pear trees", "quarrelled with the miller", "found a letter under the floor",
    "sold the last of the wool", "hid the money in the well", "learned to swim",
    "drew the coast from memory", "opened the old storehouse", "lit a fire on the hill",
    "waited in vain at the bridge", "burned the contract", "bought a boat without oars",
    "slept in the hay", "won a game of chess", "forgave an old enemy",
  ]
  static let wishes = [
    "a night's shelter", "the way to the sea", "a glass of milk", "the truth about the fire",
    "a loan of six crowns", "a new pair of boots", "a word with the judge", "help with the harvest",
    "the name of the stranger", "a place by the stove",
  ]
}
