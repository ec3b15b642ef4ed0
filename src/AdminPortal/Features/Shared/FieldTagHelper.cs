using System.Text.Encodings.Web;
using Microsoft.AspNetCore.Html;
using Microsoft.AspNetCore.Mvc.ModelBinding;
using Microsoft.AspNetCore.Mvc.Rendering;
using Microsoft.AspNetCore.Mvc.TagHelpers;
using Microsoft.AspNetCore.Mvc.ViewFeatures;
using Microsoft.AspNetCore.Razor.TagHelpers;

namespace AdminPortal.Features.Shared;

/// <summary>
/// <c>&lt;field for="Input.Address" type="email" hint="@T["AddressHint"]" autocomplete="email" /&gt;</c>: label, input, hint and error of one
/// property, tied together for a screen reader. The label is the property's <c>[Display(Name = "Address")]</c>, a key of the room's Text.
/// Other attributes go to the input.
/// </summary>
[HtmlTargetElement("field", Attributes = "for", TagStructure = TagStructure.NormalOrSelfClosing)]
public sealed class FieldTagHelper(IHtmlGenerator generator) : TagHelper
{
    public ModelExpression For { get; set; } = null!;

    public string? Hint { get; set; }

    public string Type { get; set; } = "text";

    [HtmlAttributeNotBound, ViewContext]
    public ViewContext ViewContext { get; set; } = null!;

    public override void Process(TagHelperContext context, TagHelperOutput output)
    {
        var own = output.Attributes.ToDictionary(attribute => attribute.Name, attribute => attribute.Value);
        output.Attributes.Clear();
        output.TagName = "div";
        output.TagMode = TagMode.StartTagAndEndTag;
        output.AddClass("field", HtmlEncoder.Default);

        output.Content
            .AppendHtml(generator.GenerateLabel(ViewContext, For.ModelExplorer, For.Name, labelText: null, new { @class = "form-label" }))
            .AppendHtml(new Exactly(Input(own)))
            .AppendHtml(HintMarkup())
            .AppendHtml(Error());
    }

    // Razor hands a null to a string as an empty one.
    private bool HasHint => !string.IsNullOrEmpty(Hint);
    private string HintId => $"{InputId}-hint";
    private string ErrorId => $"{InputId}-error";
    private string InputId => TagBuilder.CreateSanitizedId(ViewContext.ViewData.TemplateInfo.GetFullHtmlFieldName(For.Name), "_");

    private TagBuilder Input(Dictionary<string, object> own)
    {
        var invalid = ViewContext.ModelState.GetFieldValidationState(ViewContext.ViewData.TemplateInfo.GetFullHtmlFieldName(For.Name))
            is ModelValidationState.Invalid;
        var input = Type == "password"
            ? generator.GeneratePassword(ViewContext, For.ModelExplorer, For.Name, value: null, own)
            : generator.GenerateTextBox(ViewContext, For.ModelExplorer, For.Name, For.Model, format: null, own);
        input.AddCssClass("form-control");
        input.Attributes["type"] = Type;
        if (For.Metadata.IsRequired)
            input.Attributes["required"] = "required";
        if (invalid)
            input.Attributes["aria-invalid"] = "true";
        if (HasHint || invalid)
            input.Attributes["aria-describedby"] = !HasHint ? ErrorId : invalid ? $"{HintId} {ErrorId}" : HintId;
        return input;
    }

    private IHtmlContent HintMarkup()
    {
        if (!HasHint)
            return HtmlString.Empty;
        var hint = new TagBuilder("span");
        hint.AddCssClass("form-text");
        hint.InnerHtml.Append(Hint!);
        return Named(hint, HintId);
    }

    // The generator answers nothing for a field without an error.
    private IHtmlContent Error()
    {
        var error = generator.GenerateValidationMessage(
            ViewContext, For.ModelExplorer, For.Name, message: null, tag: "span", new { @class = "field-error" });
        return error is null ? HtmlString.Empty : Named(error, ErrorId);
    }

    private static TagBuilder Named(TagBuilder tag, string id)
    {
        tag.Attributes["id"] = id;
        return tag;
    }
}
