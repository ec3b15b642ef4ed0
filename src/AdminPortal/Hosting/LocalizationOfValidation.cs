using System.Collections.Concurrent;
using System.ComponentModel.DataAnnotations;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.DataAnnotations;
using Microsoft.AspNetCore.Mvc.ModelBinding.Metadata;
using Microsoft.Extensions.Localization;
using Microsoft.Extensions.Options;

namespace AdminPortal.Hosting;

/// <summary>
/// Validation speaks the reader's language. A form's labels (<c>[Display(Name = "Address")]</c>) and its own messages
/// (<c>ErrorMessage = "AddressTaken"</c>) are keys of the room's Text; the usual messages of <c>[Required]</c> and its like are keys of
/// the shared Text, and a page need not name them.
/// </summary>
internal sealed class LocalizedValidation(IStringLocalizerFactory texts)
    : IConfigureOptions<MvcOptions>, IConfigureOptions<MvcDataAnnotationsLocalizationOptions>
{
    private readonly ConcurrentDictionary<string, IStringLocalizer> ofNamespace = new();
    private IStringLocalizer Shared => texts.Create("Features.Shared.Text", typeof(LocalizedValidation).Assembly.GetName().Name!);

    public void Configure(MvcDataAnnotationsLocalizationOptions options) =>
        options.DataAnnotationLocalizerProvider = (type, _) =>
            ofNamespace.GetOrAdd(type.Namespace ?? "", _ => new RoomThenShared(RoomText(type), Shared));

    public void Configure(MvcOptions options)
    {
        options.ModelMetadataDetailsProviders.Add(new NameUsualMessages());
        var messages = options.ModelBindingMessageProvider;
        messages.SetAttemptedValueIsInvalidAccessor((value, field) => Shared["ValidationValue", value, field]);
        messages.SetNonPropertyAttemptedValueIsInvalidAccessor(value => Shared["ValidationValueAlone", value]);
        messages.SetValueIsInvalidAccessor(value => Shared["ValidationValueAlone", value]);
        messages.SetUnknownValueIsInvalidAccessor(field => Shared["ValidationUnknown", field]);
        messages.SetNonPropertyUnknownValueIsInvalidAccessor(() => Shared["ValidationUnknownAlone"]);
        messages.SetValueMustBeANumberAccessor(field => Shared["ValidationNumber", field]);
        messages.SetNonPropertyValueMustBeANumberAccessor(() => Shared["ValidationNumberAlone"]);
        messages.SetValueMustNotBeNullAccessor(_ => Shared["ValidationMissing"]);
        messages.SetMissingBindRequiredValueAccessor(_ => Shared["ValidationMissing"]);
        messages.SetMissingKeyOrValueAccessor(() => Shared["ValidationMissing"]);
        messages.SetMissingRequestBodyRequiredValueAccessor(() => Shared["ValidationMissing"]);
    }

    // The room's Text lies in the form's own namespace or above it.
    private IStringLocalizer? RoomText(Type type)
    {
        for (var space = type.Namespace ?? ""; space.Contains('.', StringComparison.Ordinal); space = space[..space.LastIndexOf('.')])
            if (type.Assembly.GetType($"{space}.Text") is { } text)
                return texts.Create(text);
        return null;
    }

    /// <summary>Gives an attribute that has no message of its own the key of the usual one.</summary>
    private sealed class NameUsualMessages : IValidationMetadataProvider
    {
        private static readonly EmailAddressAttribute Email = new();
        private static readonly UrlAttribute Url = new();

        public void CreateValidationMetadata(ValidationMetadataProviderContext context)
        {
            foreach (var attribute in context.ValidationMetadata.ValidatorMetadata.OfType<ValidationAttribute>())
                if (HasNoMessageOfItsOwn(attribute) && Usual(attribute) is { } key)
                    attribute.ErrorMessage = key;
        }

        // Kinds of data, such as an e-mail address, answer their English default where others answer null.
        private static bool HasNoMessageOfItsOwn(ValidationAttribute attribute) =>
            attribute.ErrorMessageResourceName is null
            && attribute.ErrorMessage == attribute switch
            {
                EmailAddressAttribute => Email.ErrorMessage,
                UrlAttribute => Url.ErrorMessage,
                _ => null,
            };

        private static string? Usual(ValidationAttribute attribute) => attribute switch
        {
            RequiredAttribute => "ValidationRequired",
            StringLengthAttribute { MinimumLength: > 0 } => "ValidationLengthBetween",
            StringLengthAttribute => "ValidationLength",
            MaxLengthAttribute => "ValidationLength",
            MinLengthAttribute => "ValidationLengthAtLeast",
            RangeAttribute => "ValidationRange",
            EmailAddressAttribute => "ValidationEmail",
            CompareAttribute => "ValidationCompare",
            RegularExpressionAttribute => "ValidationPattern",
            UrlAttribute => "ValidationUrl",
            _ => null,
        };
    }

    private sealed class RoomThenShared(IStringLocalizer? room, IStringLocalizer shared) : IStringLocalizer
    {
        public LocalizedString this[string name] => Of(name, text => text[name]);
        public LocalizedString this[string name, params object[] arguments] => Of(name, text => text[name, arguments]);
        public IEnumerable<LocalizedString> GetAllStrings(bool includeParentCultures) =>
            (room?.GetAllStrings(includeParentCultures) ?? []).Concat(shared.GetAllStrings(includeParentCultures));

        private LocalizedString Of(string name, Func<IStringLocalizer, LocalizedString> read) =>
            room is not null && !room[name].ResourceNotFound ? read(room) : read(shared);
    }
}
