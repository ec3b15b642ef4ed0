using System.Globalization;
using System.Text;

namespace AdminPortal.Benchmarks.Mail;

/// <summary>Messages of a given size.</summary>
internal static class Letters
{
    public const int Ordinary = 10_000;
    public const int Short = 1_000;

    /// <summary>One in a hundred has this in its subject.</summary>
    public const string RareWord = "invoice";

    public static byte[] Make(int number, int size)
    {
        var subject = number % 100 == 7 ? $"Your {RareWord} {number}" : $"Minutes of meeting {number}";
        var text = new StringBuilder(size + 128);
        text.Append(CultureInfo.InvariantCulture, $"From: Adele Abbott <adele@tenant-1.example>\r\nTo: Bruno Bernard <bruno@tenant-1.example>\r\nSubject: {subject}\r\n");
        text.Append(CultureInfo.InvariantCulture, $"Date: Tue, 24 Nov 2026 10:00:00 +0000\r\nMessage-ID: <{number}.{size}@tenant-1.example>\r\n");
        text.Append("MIME-Version: 1.0\r\nContent-Type: text/plain; charset=us-ascii\r\nContent-Transfer-Encoding: 7bit\r\n\r\n");
        while (text.Length < size - 78) text.Append("The quick brown fox jumps over the lazy dog, and the dog takes no notice.\r\n");
        text.Append('-', Math.Max(1, size - text.Length - 2)).Append("\r\n");
        return Encoding.ASCII.GetBytes(text.ToString());
    }
}
