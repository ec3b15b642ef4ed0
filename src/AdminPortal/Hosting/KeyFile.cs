using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Microsoft.Extensions.Options;

namespace AdminPortal.Hosting;

/// <summary>
/// The secret that lies outside the database: 32 random bytes in a file that only the portal's user may read. A copy of the database
/// without it opens no session and shows no stored password. All processes of an installation share it.
/// </summary>
internal sealed class KeyFile(IOptions<HostingOptions> options)
{
    private const int Length = 32;
    private readonly Lazy<byte[]> secret = new(() => ReadOrMake(options.Value.KeyPath));

    /// <summary>A key of its own for each purpose (HKDF, RFC 5869), so that what one seals no other opens.</summary>
    public byte[] KeyFor(string purpose) =>
        HKDF.DeriveKey(HashAlgorithmName.SHA256, secret.Value, Length, info: System.Text.Encoding.UTF8.GetBytes(purpose));

    private static byte[] ReadOrMake(string path)
    {
        SecretFile.MakeOnce(path, () => Convert.ToBase64String(RandomNumberGenerator.GetBytes(Length)) + "\n");
        var bytes = new byte[Length + 3];
        return Convert.TryFromBase64String(File.ReadAllText(path).Trim(), bytes, out var written) && written == Length
            ? bytes[..Length]
            : throw new UnusableSettingException($"Portal:KeyFile: {path} does not hold {Length} bytes in base64. Restore it from the backup: without it stored credentials cannot be read.");
    }
}

/// <summary>Files that nobody but the portal's user may read.</summary>
internal static class SecretFile
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    /// <summary>Writes the file unless it is there, whole or not at all, also when two processes start at once: the first one wins.</summary>
    public static void MakeOnce(string path, Func<string> content)
    {
        if (File.Exists(path)) return;
        var draft = WriteDraft(path, content());
        // link(2) is the one call that makes a name only where there is none; File.Move looks first and renames then.
        var made = Link(draft, path) == 0;
        var error = Marshal.GetLastPInvokeError();
        File.Delete(draft);
        if (!made && !File.Exists(path)) throw new IOException($"{path} could not be written: {Marshal.GetPInvokeErrorMessage(error)}");
    }

    [DllImport("libc", EntryPoint = "link", SetLastError = true)]
    private static extern int Link([MarshalAs(UnmanagedType.LPUTF8Str)] string existing, [MarshalAs(UnmanagedType.LPUTF8Str)] string name);

    public static void Replace(string path, string content) => File.Move(WriteDraft(path, content), path, overwrite: true);

    private static string WriteDraft(string path, string content)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
        var draft = $"{path}.{Guid.CreateVersion7():n}";
        using var file = new FileStream(draft, new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, UnixCreateMode = OwnerOnly });
        using var writer = new StreamWriter(file);
        writer.Write(content);
        return draft;
    }
}

/// <summary>A setting that is only found wrong when it is used. Its message is for the operator and names the setting.</summary>
internal sealed class UnusableSettingException(string message) : Exception(message);
