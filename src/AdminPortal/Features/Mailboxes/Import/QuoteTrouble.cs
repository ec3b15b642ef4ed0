namespace AdminPortal.Features.Mailboxes.Import;

/// <summary>Finds, in the text of a row that breaks RFC 4180's rules for quotes, the character to look at.</summary>
internal static class QuoteTrouble
{
    private enum Place { CellStart, Bare, Quoted, AfterQuote }

    /// <param name="row">The row as the file writes it.</param>
    /// <param name="firstLine">The line on which the row starts.</param>
    /// <param name="separator">The separator in use.</param>
    public static ImportProblem? Explain(string row, int firstLine, char separator)
    {
        ImportProblem? trouble = null;
        var place = Place.CellStart;
        var (line, position) = (firstLine, 0);
        var (openedLine, openedPosition) = (firstLine, 0);

        for (var i = 0; i < row.Length; i++)
        {
            var c = row[i];
            position += char.IsLowSurrogate(c) ? 0 : 1;
            var inQuotes = place == Place.Quoted;
            switch (place)
            {
                case Place.CellStart when c == '"':
                    (place, openedLine, openedPosition) = (Place.Quoted, line, position);
                    break;
                case Place.Quoted when c == '"':
                    place = Place.AfterQuote;
                    break;
                case Place.AfterQuote when c == '"':
                    place = Place.Quoted;
                    break;
                case Place.AfterQuote when !Ends(c, separator):
                    // Text after a quote that closes on another line than it opened: the quote that really closes it is missing above.
                    if (openedLine != line)
                        return new ImportProblem(ImportProblemKind.UnclosedQuote, openedLine) { Position = openedPosition };
                    trouble ??= new ImportProblem(ImportProblemKind.TextAfterQuote, line) { Position = position };
                    place = Place.Bare;
                    break;
                case Place.Bare when c == '"':
                    trouble ??= new ImportProblem(ImportProblemKind.StrayQuote, line) { Position = position };
                    break;
                case Place.CellStart or Place.Bare or Place.AfterQuote:
                    place = Ends(c, separator) ? Place.CellStart : Place.Bare;
                    break;
            }

            // A quoted line break counts a line on; one outside quotes ends the row.
            if (c == '\n' || (c == '\r' && (i + 1 == row.Length || row[i + 1] != '\n')))
            {
                if (!inQuotes)
                    return trouble;
                (line, position) = (line + 1, 0);
            }
        }

        return place == Place.Quoted
            ? new ImportProblem(ImportProblemKind.UnclosedQuote, openedLine) { Position = openedPosition }
            : trouble;
    }

    private static bool Ends(char c, char separator) => c == separator || c is '\r' or '\n';
}
