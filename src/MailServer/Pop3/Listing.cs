namespace AdminPortal.MailServer.Pop3;

/// <summary>What LIST and UIDL share: with a number one line, without a number all lines.</summary>
internal static class Listing
{
    public static async Task AnswerAsync(Pop3Connection pop3, Pop3Line line, Func<MaildropMessage, string> describe)
    {
        switch (line.Words)
        {
            case []:
                await AllAsync(pop3, describe);
                break;
            case [var word] when pop3.Maildrop!.Find(word, out var number) is { } message:
                pop3.Ok($"{number} {describe(message)}");
                break;
            case [_]:
                pop3.Error("No such message");
                break;
            default:
                pop3.Bad("One message number, or none");
                break;
        }
    }

    private static async Task AllAsync(Pop3Connection pop3, Func<MaildropMessage, string> describe)
    {
        pop3.Ok("{0} messages", pop3.Maildrop!.Count);
        pop3.Output.BeginBlock();
        foreach (var (number, message) in pop3.Maildrop.Remaining())
        {
            pop3.Output.Write(number).Write(" "u8).WriteLine(describe(message));
            await pop3.Output.FlushIfLongAsync(pop3.Stopping);
        }

        pop3.Output.WriteLine(".");
        pop3.Output.EndBlock();
    }
}
