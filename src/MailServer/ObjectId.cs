namespace AdminPortal.MailServer;

/// <summary>What names a folder or a message's content for good (RFC 8474, 4 to 7): the same content in two folders has one.</summary>
/// <param name="Kind">A letter that keeps folders and messages apart.</param>
public readonly record struct ObjectId(char Kind, Guid Value)
{
    public static ObjectId OfFolder(Guid value) => new('F', value);

    public static ObjectId OfContent(Guid value) => new('M', value);

    public override string ToString() => $"{Kind}{Value:N}";
}
