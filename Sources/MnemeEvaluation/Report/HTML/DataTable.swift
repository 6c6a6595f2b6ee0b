/// A table with a caption, row headings and column headings.
struct DataTable {
  /// A cell that is not a heading.
  struct Cell {
    var content: Markup
    /// Classes, for alignment.
    var style = "n"
    /// The number it shows, as it is, for scripts and tests; `nil` for text.
    var path: String?

    /// A number or a word, right-aligned by default.
    init(_ content: Markup, style: String = "n", path: String? = nil) {
      self.content = content
      self.style = style
      self.path = path
    }

    var html: Markup {
      let data: Markup = path.map { " data-path=\"\($0)\"" } ?? ""
      return style.isEmpty
        ? "<td\(data)>\(content)</td>" : "<td class=\"\(style)\"\(data)>\(content)</td>"
    }
  }

  /// What the table shows.
  var caption: Markup
  /// Whether the caption is read out only, because a heading says the same.
  var hidesCaption = false
  /// Heading of the row headings.
  var corner: Markup
  /// Headings of the other columns, and their classes.
  var columns: [(Markup, String)]
  /// Rows by their headings.
  var rows: [(Markup, [Cell])]
  /// Classes of the table.
  var style = ""

  /// The table in a box of its own, in which it scrolls when it is too wide. Columns that hold no value are left out.
  var html: Markup {
    let kept = FilledColumns.kept(of: columns.count, keeping: 0) { column in
      rows.contains { _, cells in
        cells.indices.contains(column) && ReportFormat.isValue(cells[column].content.html)
      }
    }
    let columns = kept.map { self.columns[$0] }
    let hidden: Markup = hidesCaption ? " class=\"vh\"" : ""
    let heads = columns.map { content, style -> Markup in
      "<th scope=\"col\" class=\"\(style)\">\(content)</th>"
    }
    let body = rows.map { head, cells -> Markup in
      let shown = kept.filter(cells.indices.contains).map { cells[$0].html }
      return "<tr><th scope=\"row\">\(head)</th>\(shown)</tr>\n"
    }
    return Self.framed(
      """
      <table class="\(style)">
      <caption\(hidden)>\(caption)</caption>
      <thead><tr><th scope="col">\(corner)</th>\(heads)</tr></thead>
      <tbody>
      \(body)</tbody></table>
      """)
  }

  /// A table in the box in which it scrolls. The frame around it does not scroll: at its edges it shows that there is
  /// more.
  static func framed(_ table: Markup) -> Markup {
    "<div class=\"frame\"><div class=\"box\">\(table)</div></div>\n"
  }
}
