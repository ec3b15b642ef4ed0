namespace AdminPortal.Features.Overview;

/// <summary>Names the room's texts: Text.resx and Text.fr.resx beside this file.</summary>
internal sealed class Text;
