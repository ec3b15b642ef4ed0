using System.Buffers;
using System.Buffers.Binary;
using System.Text;
using System.Text.Json;
using AdminPortal.Data;
using AdminPortal.Jobs;

namespace AdminPortal.Features.Mailboxes.Import;

/// <summary>
/// Writes rows as PostgreSQL's binary COPY takes them (documentation of COPY, "Binary Format"), to several places at once. What is kept of
/// an upload is this: what was understood of it, not the file, so that applying copies bytes instead of reading everything again.
/// </summary>
/// <remarks>Names and identities are written in lower case, as they are compared.</remarks>
internal sealed class StagedRows(params Stream[] outputs)
{
    /// <summary>Raised with every change of <see cref="Columns"/> or of how one is written: what an older version kept is not copied.</summary>
    public const int Version = 1;

    public const string Columns =
        "line, problem, external_id, exchange_guid, address, user_principal_name, identity, name, display_name, plan, aliases, pop3, imap, smtp";

    private const short ColumnCount = 14;
    private const int FlushAt = 64 * 1024;
    private const int TextOid = 25;

    private readonly ArrayBufferWriter<byte> buffer = Begun();

    public async ValueTask WriteAsync(ImportItem item, CancellationToken cancellationToken)
    {
        if (item is ImportItem.Row { Content: var row })
            Put(row);
        else if (item is ImportItem.Refused { Problem: var problem })
            Put(problem);
        if (buffer.WrittenCount >= FlushAt)
            await FlushAsync(cancellationToken);
    }

    public async ValueTask CompleteAsync(CancellationToken cancellationToken)
    {
        Short(-1);
        await FlushAsync(cancellationToken);
    }

    private async ValueTask FlushAsync(CancellationToken cancellationToken)
    {
        foreach (var output in outputs)
            await output.WriteAsync(buffer.WrittenMemory, cancellationToken);
        buffer.ResetWrittenCount();
    }

    private static ArrayBufferWriter<byte> Begun()
    {
        var begun = new ArrayBufferWriter<byte>(2 * FlushAt);
        // Signature, flags, length of the header's extension.
        begun.Write("PGCOPY\n"u8);
        begun.Write<byte>([0xFF, (byte)'\r', (byte)'\n', 0, 0, 0, 0, 0, 0, 0, 0, 0]);
        return begun;
    }

    private void Put(ImportRow row)
    {
        Short(ColumnCount);
        IntField(row.Line);
        Null();
        Text(row.ExternalDirectoryObjectId?.ToString());
        Uuid(row.ExchangeGuid);
        Text(row.Address);
        Text(row.UserPrincipalName);
        Text(IdentityKey(row.Identity));
        Text(row.Name?.ToLowerInvariant());
        Text(row.DisplayName ?? row.Name);
        Text(row.Plan);
        Texts(row.Aliases);
        Setting(row.Pop3);
        Setting(row.Imap);
        Setting(row.Smtp);
    }

    private void Put(ImportProblem problem)
    {
        Short(ColumnCount);
        IntField(problem.Line ?? 0);
        Text(JsonSerializer.Serialize(problem, OperationJson.Options));
        for (var column = 2; column < ColumnCount; column++)
            Null();
    }

    // The canonical name that Exchange on premises writes (contoso.example/Users/Alice) ends in the Name; a GUID is compared as the text that
    // PostgreSQL makes of it.
    private static string? IdentityKey(string? identity) =>
        identity is null ? null
        : Guid.TryParse(identity, out var guid) ? guid.ToString()
        : identity[(identity.LastIndexOf('/') + 1)..].ToLowerInvariant();

    private void Null() => Int(-1);

    private void IntField(int value)
    {
        Int(sizeof(int));
        Int(value);
    }

    private void Setting(AccessSetting? setting)
    {
        if (setting is null)
        {
            Null();
            return;
        }
        Int(sizeof(short));
        Short((short)setting);
    }

    private void Uuid(Guid? guid)
    {
        const int Length = 16;
        if (guid is null)
        {
            Null();
            return;
        }
        Int(Length);
        guid.Value.TryWriteBytes(buffer.GetSpan(Length), bigEndian: true, out _);
        buffer.Advance(Length);
    }

    private void Text(string? text)
    {
        if (text is null)
        {
            Null();
            return;
        }
        var span = buffer.GetSpan(sizeof(int) + Encoding.UTF8.GetMaxByteCount(text.Length));
        var length = Encoding.UTF8.GetBytes(text, span[sizeof(int)..]);
        BinaryPrimitives.WriteInt32BigEndian(span, length);
        buffer.Advance(sizeof(int) + length);
    }

    // An array is: dimensions, whether it has nulls, the element's type, and for each dimension its length and lower bound; then the elements.
    private void Texts(IReadOnlyList<string> texts)
    {
        const int HeaderLength = 5 * sizeof(int);
        if (texts.Count == 0)
        {
            Null();
            return;
        }
        Int(HeaderLength + texts.Sum(text => sizeof(int) + Encoding.UTF8.GetByteCount(text)));
        Int(1);
        Int(0);
        Int(TextOid);
        Int(texts.Count);
        Int(1);
        foreach (var text in texts)
            Text(text);
    }

    private void Int(int value)
    {
        BinaryPrimitives.WriteInt32BigEndian(buffer.GetSpan(sizeof(int)), value);
        buffer.Advance(sizeof(int));
    }

    private void Short(short value)
    {
        BinaryPrimitives.WriteInt16BigEndian(buffer.GetSpan(sizeof(short)), value);
        buffer.Advance(sizeof(short));
    }
}
