/// Short common words, most of which are a token in most vocabularies.
package enum CopyWords {
  /// All of them.
  package static let all: [String] =
    """
    air arm art baby back bag ball bank base bath bear bed bell bird blood board boat body bone book box boy branch bread \
    bridge brother brush bus butter button cake camp captain car card cat chain chair cheese chest child church circle city \
    class clock cloth cloud coal coast coat coffee cook cord corn cotton country cow cup daughter day death desk dinner \
    doctor dog door dream dress drop dust ear earth edge egg engine evening eye face family farm father field finger fire \
    fish flag floor flower food foot forest fork fox friend fruit game garden gate girl glass gold grass hair hall hammer \
    hand hat head heart hill hole home honey horn horse hospital hour house ice iron island job judge key king kitchen knee \
    knife lady lake lamp land leaf leg letter library line lip lock machine man map mark market meal meat milk mind minute \
    mirror money month moon morning mother mountain mouth music nail name neck needle nest night nose office oil orange oven \
    page paint paper park pen picture pig pipe plane plant plate pocket pot prince queen rain rice ring river road rock roof \
    room root rose salt sand school sea seat seed sheep ship shirt shoe shop silver sister skin sky snow soap sock son song \
    soup spoon spring square star station stone storm street sugar summer sun table tail teacher tent ticket tooth tower town \
    train tree uncle valley village voice wall watch water week wheel wind window wine wing winter wood wool word year
    """.split(separator: " ").map(String.init)

  /// `count` words, none twice, and none of `used` while there are others.
  static func list(
    _ count: Int, used: inout Set<String>, _ random: inout SuiteRandom
  ) -> [String] {
    let words = Distinct.sample(all, count, avoiding: used, &random)
    used.formUnion(words)
    return words
  }
}
