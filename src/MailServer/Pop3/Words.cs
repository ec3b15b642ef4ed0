using System.Collections.Frozen;

namespace AdminPortal.MailServer.Pop3;

/// <summary>The words of replies in one language. English is what the commands themselves say; what a language has no word for stays English.</summary>
internal sealed class Words
{
    private readonly FrozenDictionary<string, string> _words;

    private Words(string tag, string name, Dictionary<string, string> words) => (Tag, Name, _words) = (tag, name, words.ToFrozenDictionary());

    /// <summary>The default first.</summary>
    public static readonly IReadOnlyList<Words> Languages =
    [
        new("en", "English", []),
        new("fr", "Français", new()
        {
            ["{0} POP3 ready"] = "{0} prêt pour POP3",
            ["{0} messages"] = "{0} messages",
            ["{0} octets"] = "{0} octets",
            ["Message {0} marked"] = "Message {0} marqué",
            ["Top of message follows"] = "Voici le début du message",
            ["Capabilities follow"] = "Voici les possibilités",
            ["Languages follow"] = "Voici les langues",
            ["This language from now on"] = "Cette langue désormais",
            ["There is no such language here"] = "Cette langue n’est pas disponible",
            ["UTF-8 it is"] = "Va pour UTF-8",
            ["OK"] = "OK",
            ["Password, please"] = "Le mot de passe, s’il vous plaît",
            ["Begin TLS"] = "Commencez TLS",
            ["TLS is already there"] = "TLS est déjà en place",
            ["Goodbye"] = "Au revoir",
            ["Cancelled"] = "Annulé",
            ["Malformed response"] = "Réponse mal formée",
            ["Line too long"] = "Ligne trop longue",
            ["Lines end with CR LF"] = "Les lignes se terminent par CR LF",
            ["Unknown command"] = "Commande inconnue",
            ["Signed in"] = "Vous êtes connecté",
            ["Sign in first"] = "Connectez-vous d’abord",
            ["Already signed in"] = "Vous êtes déjà connecté",
            ["USER first"] = "D’abord USER",
            ["No such message"] = "Ce message n’existe pas",
            ["The message was removed by another program"] = "Le message a été supprimé par un autre programme",
            ["Nothing may follow STLS before the handshake"] = "Rien ne peut suivre STLS avant la négociation",
            ["[AUTH] Unknown mechanism"] = "[AUTH] Mécanisme inconnu",
            ["[AUTH] Wrong user name or password"] = "[AUTH] Nom d’utilisateur ou mot de passe incorrect",
            ["[AUTH] Encryption first: STLS"] = "[AUTH] D’abord le chiffrement : STLS",
            ["[SYS/TEMP] Too many attempts or connections, try again later"] = "[SYS/TEMP] Trop de tentatives ou de connexions, réessayez plus tard",
            ["[SYS/TEMP] Sign-in is not available now, try again later"] = "[SYS/TEMP] La connexion est indisponible, réessayez plus tard",
            ["[SYS/TEMP] TLS is not available now"] = "[SYS/TEMP] TLS est indisponible pour le moment",
            ["[SYS/TEMP] The mailbox is not available now"] = "[SYS/TEMP] La boîte est indisponible pour le moment",
            ["[SYS/TEMP] The mailbox is not available now, nothing was deleted"] = "[SYS/TEMP] La boîte est indisponible, rien n’a été supprimé",
            ["[IN-USE] The mailbox is open in another POP3 session"] = "[IN-USE] La boîte est ouverte dans une autre session POP3",
        }),
    ];

    public string Tag { get; }

    public string Name { get; }

    /// <summary>RFC 4647, 3.4: <c>fr-CA</c> is served by <c>fr</c>. <c>i-default</c> (RFC 2277, 4.5) is the default.</summary>
    public static Words? Find(string tag) =>
        tag.Equals("i-default", StringComparison.OrdinalIgnoreCase)
            ? Languages[0]
            : Languages.FirstOrDefault(language => tag.Equals(language.Tag, StringComparison.OrdinalIgnoreCase)
                || tag.StartsWith(language.Tag + "-", StringComparison.OrdinalIgnoreCase));

    /// <param name="english">As the command says it; <c>{0}</c> stands for the number.</param>
    public string Say(string english) => _words.GetValueOrDefault(english, english);
}
