using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace AdminPortal.LocalPostgres;

/// <summary>The cluster's name for itself and its passwords, made at the first start and kept in the data folder, mode 600.</summary>
internal sealed record ClusterSecrets(string Identity, string SuperuserPassword, string OwnerPassword, string ServingPassword)
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    private static readonly JsonSerializerOptions Shape = new(JsonSerializerDefaults.Web) { WriteIndented = true };

    public static ClusterSecrets Generate() => new(
        RandomNumberGenerator.GetHexString(16, lowercase: true), NewPassword(), NewPassword(), NewPassword());

    public static ClusterSecrets? Read(string path) =>
        File.Exists(path) ? JsonSerializer.Deserialize<ClusterSecrets>(File.ReadAllText(path), Shape) : null;

    public void Write(string path) => WritePrivately(path, JsonSerializer.Serialize(this, Shape) + "\n");

    /// <summary>Writes beside the target and renames, so that a reader meets the old text or the new, and nobody else either.</summary>
    public static void WritePrivately(string path, string text)
    {
        var draft = path + ".new";
        File.Delete(draft);
        var options = new FileStreamOptions
        {
            Mode = FileMode.CreateNew,
            Access = FileAccess.Write,
            UnixCreateMode = OwnerOnly,
        };
        using (var file = new FileStream(draft, options))
        {
            file.Write(Encoding.UTF8.GetBytes(text));
            file.Flush(flushToDisk: true);
        }

        File.Move(draft, path, overwrite: true);
    }

    /// <summary>
    /// What PostgreSQL stores for a password (RFC 5803): sent in its place, so that no statement and no server log ever holds the password.
    /// </summary>
    public static string ScramVerifier(string password)
    {
        const int iterations = 4096;
        var salt = RandomNumberGenerator.GetBytes(16);
        var salted = Rfc2898DeriveBytes.Pbkdf2(password, salt, iterations, HashAlgorithmName.SHA256, 32);
        var storedKey = SHA256.HashData(HMACSHA256.HashData(salted, "Client Key"u8));
        var serverKey = HMACSHA256.HashData(salted, "Server Key"u8);
        return $"SCRAM-SHA-256${iterations}:{Convert.ToBase64String(salt)}"
            + $"${Convert.ToBase64String(storedKey)}:{Convert.ToBase64String(serverKey)}";
    }

    private static string NewPassword() =>
        RandomNumberGenerator.GetString("ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz23456789", 32);
}
