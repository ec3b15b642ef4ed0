using System.Text.Json;
using Microsoft.AspNetCore.Mvc.ViewFeatures;

namespace AdminPortal.Features.Shared;

/// <summary>What a change answers, in words: "POP3 is off for a@contoso.example. 1 session ended." and perhaps the way back.</summary>
/// <param name="Text">A whole sentence or two, in the reader's language.</param>
/// <param name="Failed">The change was not made: the sentence says why and what to do.</param>
/// <param name="Undo">The one button that takes it back.</param>
internal sealed record StatusMessage(string Text, bool Failed = false, UndoStep? Undo = null)
{
    private const string Key = "status";

    /// <summary>Kept for the page that follows the redirect, and shown there once.</summary>
    public void KeepFor(ITempDataDictionary next) => next[Key] = JsonSerializer.Serialize(this);

    public static StatusMessage? Take(ITempDataDictionary kept) =>
        kept[Key] is string text ? JsonSerializer.Deserialize<StatusMessage>(text) : null;
}

/// <summary>A post that undoes: the same form a switch sends.</summary>
internal sealed record UndoStep(string Action, string Name, string Value);
