using System.Security.Cryptography;
using System.Text;
using AdminPortal.Data;

namespace AdminPortal.Hosting;

/// <summary>
/// Makes and opens the credential with which the checker signs in for a pod's mailboxes. The password is sealed to its tenant, its row and
/// the pod's host: in another row, or after the host was changed, it does not open.
/// </summary>
internal sealed class ServiceCredentials(Envelope envelope)
{
    private const int PasswordOctets = 32;

    /// <summary>For the embedded server: name and password are generated, and the server's own comparison gets a hash.</summary>
    public ServiceCredential Generate(Pod pod)
    {
        var password = Convert.ToBase64String(RandomNumberGenerator.GetBytes(PasswordOctets));
        var id = Guid.CreateVersion7();
        // Unique over the installation, as the server finds the tenant by it; and no address, as it has no "@".
        return Seal(pod, id, $"checker.{id:N}", password, SHA256.HashData(Encoding.UTF8.GetBytes(password)));
    }

    /// <summary>For another mail system: name and password as its administrator gave them.</summary>
    public ServiceCredential Of(Pod pod, string userName, string password) => Seal(pod, Guid.CreateVersion7(), userName, password, null);

    /// <exception cref="CryptographicException">It was moved, altered, or sealed for another host.</exception>
    public string Open(ServiceCredential credential, Pod pod) => envelope.Open(credential.ProtectedPassword, Binding(pod, credential.Id));

    private ServiceCredential Seal(Pod pod, Guid id, string userName, string password, byte[]? hash) => new()
    {
        TenantId = pod.TenantId,
        Id = id,
        PodId = pod.Id,
        UserName = userName,
        ProtectedPassword = envelope.Seal(password, Binding(pod, id)),
        PasswordHash = hash,
    };

    private static string Binding(Pod pod, Guid id) => $"service credential {pod.TenantId} {id} {pod.Host}";
}
