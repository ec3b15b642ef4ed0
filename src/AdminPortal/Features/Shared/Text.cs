namespace AdminPortal.Features.Shared;

/// <summary>Names the texts that several rooms share: Text.resx and Text.fr.resx beside this file.</summary>
internal sealed class Text;
