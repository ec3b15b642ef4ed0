using System.Collections.Concurrent;
using System.IO.Compression;
using Microsoft.Extensions.FileProviders;
using Microsoft.Extensions.Primitives;
using Microsoft.Net.Http.Headers;

namespace AdminPortal.Hosting;

/// <summary>
/// Beside each text file of the folder beneath there is, by name, its compressed twin: <c>portal.css.br</c>, <c>portal.css.gz</c>. A
/// twin is made when first asked for and kept while the file stays the same; all of them together are well under a megabyte.
/// </summary>
internal sealed class CompressedFiles(IFileProvider files) : IFileProvider
{
    private static readonly (string Encoding, string Suffix)[] Encodings = [("br", ".br"), ("gzip", ".gz")];
    private readonly ConcurrentDictionary<string, CompressedFile> made = new(StringComparer.Ordinal);

    public static bool MayCompress(PathString path) => Path.GetExtension(path.Value) is ".css" or ".js" or ".svg" or ".txt";

    /// <summary>The name behind a compressed twin, and its encoding; a plain name comes back as it is.</summary>
    public static (string Path, string? Encoding) Split(string? path)
    {
        foreach (var (encoding, suffix) in Encodings)
            if (path is not null && path.EndsWith(suffix, StringComparison.Ordinal) && MayCompress(path[..^suffix.Length]))
                return (path[..^suffix.Length], encoding);
        return (path ?? "", null);
    }

    /// <summary>The twin that the client can read, smallest first; null when there is none.</summary>
    public string? Best(string path, StringValues acceptEncoding)
    {
        foreach (var (encoding, suffix) in Encodings)
            if (Accepts(acceptEncoding, encoding) && files.GetFileInfo(path).Exists)
                return path + suffix;
        return null;
    }

    public IFileInfo GetFileInfo(string subpath)
    {
        var (path, encoding) = Split(subpath);
        var file = files.GetFileInfo(path);
        if (encoding is null || !file.Exists)
            return encoding is null ? file : new NotFoundFileInfo(subpath);
        if (made.TryGetValue(subpath, out var kept) && kept.LastModified == file.LastModified)
            return kept;
        return made[subpath] = CompressedFile.Make(file, encoding);
    }

    public IDirectoryContents GetDirectoryContents(string subpath) => files.GetDirectoryContents(subpath);

    public IChangeToken Watch(string filter) => files.Watch(filter);

    private static bool Accepts(StringValues acceptEncoding, string encoding) =>
        StringWithQualityHeaderValue.TryParseList(acceptEncoding, out var accepted)
        && accepted.Any(a => a.Value.Equals(encoding, StringComparison.OrdinalIgnoreCase) && a.Quality is null or > 0);

    private sealed class CompressedFile(string name, DateTimeOffset lastModified, byte[] content) : IFileInfo
    {
        public bool Exists => true;
        public bool IsDirectory => false;
        public long Length => content.Length;
        public DateTimeOffset LastModified => lastModified;
        public string Name => name;
        public string? PhysicalPath => null;

        public Stream CreateReadStream() => new MemoryStream(content, writable: false);

        public static CompressedFile Make(IFileInfo file, string encoding)
        {
            using var target = new MemoryStream();
            using (var source = file.CreateReadStream())
            using (var compress = Compressor(target, encoding))
                source.CopyTo(compress);
            return new(file.Name, file.LastModified, target.ToArray());
        }

        // Quality 9 instead of 11: a tenth of the time for four per cent more bytes, and the browser keeps the file anyway.
        private static Stream Compressor(Stream target, string encoding) => encoding == "br"
            ? new BrotliStream(target, new BrotliCompressionOptions { Quality = 9 }, leaveOpen: true)
            : new GZipStream(target, CompressionLevel.SmallestSize, leaveOpen: true);
    }
}
