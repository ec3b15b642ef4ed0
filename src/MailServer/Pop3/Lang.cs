namespace AdminPortal.MailServer.Pop3;

/// <summary>RFC 6856, 3: in which language replies speak to people. Without it they are in English.</summary>
internal static class Lang
{
    public static Task RunAsync(Pop3Connection pop3, Pop3Line line)
    {
        switch (line.Words)
        {
            case []:
                List(pop3);
                break;
            // "*" asks for the server's default.
            case ["*"]:
                Choose(pop3, Words.Languages[0]);
                break;
            case [var tag] when Words.Find(tag) is { } language:
                Choose(pop3, language);
                break;
            case [_]:
                pop3.Error("There is no such language here");
                break;
            default:
                pop3.Bad("LANG, or LANG and a language");
                break;
        }

        return Task.CompletedTask;
    }

    private static void List(Pop3Connection pop3)
    {
        pop3.Ok("Languages follow");
        foreach (var language in Words.Languages)
            pop3.Output.WriteLine($"{language.Tag} {language.Name}");
        pop3.Output.WriteLine(".");
    }

    private static void Choose(Pop3Connection pop3, Words language)
    {
        pop3.Words = language;
        // The tag comes first, then words in the language itself.
        pop3.Output.Write("+OK "u8).Write(language.Tag).Write(" "u8).WriteLine(language.Say("This language from now on"));
    }
}
