using AdminPortal.Data.ChangeFeed;
using Microsoft.AspNetCore.DataProtection.EntityFrameworkCore;
using Microsoft.AspNetCore.Identity.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace AdminPortal.Data;

/// <summary>
/// The portal's only store. Rows of a tenant are filtered here by <see cref="TenantScope"/>, and once more by PostgreSQL's row-level
/// security: this filter is convenience, that one is the wall.
/// </summary>
public sealed class PortalDbContext(DbContextOptions<PortalDbContext> options, TenantScope scope)
    : IdentityUserContext<PortalUser, Guid>(options), IDataProtectionKeyContext
{
    internal TenantScope Scope => scope;

    public DbSet<Tenant> Tenants => Set<Tenant>();
    public DbSet<Domain> Domains => Set<Domain>();
    public DbSet<Plan> Plans => Set<Plan>();
    public DbSet<Pod> Pods => Set<Pod>();

    public DbSet<PodDelay> PodDelays => Set<PodDelay>();
    public DbSet<Mailbox> Mailboxes => Set<Mailbox>();
    public DbSet<MailboxAlias> MailboxAliases => Set<MailboxAlias>();
    public DbSet<AccessException> AccessExceptions => Set<AccessException>();
    public DbSet<MailEndpoint> MailEndpoints => Set<MailEndpoint>();
    public DbSet<MailboxScram> MailboxScrams => Set<MailboxScram>();
    public DbSet<MailCredential> MailCredentials => Set<MailCredential>();
    public DbSet<ServiceCredential> ServiceCredentials => Set<ServiceCredential>();
    public DbSet<AuditEvent> AuditEvents => Set<AuditEvent>();
    public DbSet<AuditSeal> AuditSeals => Set<AuditSeal>();
    public DbSet<AuditRetention> AuditRetentions => Set<AuditRetention>();
    public DbSet<ChangeFeedEntry> ChangeFeedEntries => Set<ChangeFeedEntry>();
    public DbSet<Operation> Operations => Set<Operation>();
    public DbSet<OperationItem> OperationItems => Set<OperationItem>();
    public DbSet<Import> Imports => Set<Import>();
    public DbSet<ImportChunk> ImportChunks => Set<ImportChunk>();
    public DbSet<Member> Members => Set<Member>();
    public DbSet<ApiToken> ApiTokens => Set<ApiToken>();
    public DbSet<IdempotencyRecord> IdempotencyRecords => Set<IdempotencyRecord>();
    public DbSet<SignInAttempt> SignInAttempts => Set<SignInAttempt>();
    public DbSet<ConnectivityCheck> ConnectivityChecks => Set<ConnectivityCheck>();
    public DbSet<MailStore> MailStores => Set<MailStore>();
    public DbSet<MailFolder> MailFolders => Set<MailFolder>();
    public DbSet<MailMessage> MailMessages => Set<MailMessage>();
    public DbSet<MailContent> MailContents => Set<MailContent>();
    public DbSet<MailSubscription> MailSubscriptions => Set<MailSubscription>();
    public DbSet<MailExpunged> MailExpunged => Set<MailExpunged>();
    public DbSet<MailGarbage> MailGarbage => Set<MailGarbage>();
    public DbSet<RelayedMessage> RelayedMessages => Set<RelayedMessage>();
    public DbSet<RelayedRecipient> RelayedRecipients => Set<RelayedRecipient>();
    public DbSet<MailSending> MailSendings => Set<MailSending>();
    public DbSet<PortalSession> PortalSessions => Set<PortalSession>();
    public DbSet<PortalSignIn> PortalSignIns => Set<PortalSignIn>();
    public DbSet<Authenticator> Authenticators => Set<Authenticator>();
    public DbSet<RecoveryCode> RecoveryCodes => Set<RecoveryCode>();
    public DbSet<UsedProof> UsedProofs => Set<UsedProof>();
    public DbSet<Invitation> Invitations => Set<Invitation>();
    public DbSet<PasswordReset> PasswordResets => Set<PasswordReset>();
    public DbSet<QueuedMail> QueuedMails => Set<QueuedMail>();
    public DbSet<TenantVisit> TenantVisits => Set<TenantVisit>();
    public DbSet<SignInProvider> SignInProviders => Set<SignInProvider>();
    public DbSet<SignInLink> SignInLinks => Set<SignInLink>();
    public DbSet<MailTokenIssuer> MailTokenIssuers => Set<MailTokenIssuer>();
    public DbSet<ProtocolLog> ProtocolLogs => Set<ProtocolLog>();
    public DbSet<ProtocolLogLine> ProtocolLogLines => Set<ProtocolLogLine>();
    public DbSet<DataProtectionKey> DataProtectionKeys => Set<DataProtectionKey>();

    public override int SaveChanges(bool acceptAllChangesOnSuccess)
    {
        RaiseVersions();
        return base.SaveChanges(acceptAllChangesOnSuccess);
    }

    public override Task<int> SaveChangesAsync(bool acceptAllChangesOnSuccess, CancellationToken cancellationToken = default)
    {
        RaiseVersions();
        return base.SaveChangesAsync(acceptAllChangesOnSuccess, cancellationToken);
    }

    private void RaiseVersions()
    {
        foreach (var entry in ChangeTracker.Entries<IVersioned>().Where(e => e.State == EntityState.Modified))
            entry.Entity.Version = entry.OriginalValues.GetValue<long>(nameof(IVersioned.Version)) + 1;
    }

    protected override void ConfigureConventions(ModelConfigurationBuilder conventions)
    {
        foreach (var word in typeof(MailProtocol).Assembly.GetTypes().Where(t => t.IsEnum && t.Namespace == typeof(MailProtocol).Namespace))
            conventions.Properties(word).HaveConversion<short>();
    }

    protected override void OnModelCreating(ModelBuilder model)
    {
        base.OnModelCreating(model);
        IdentityTables.Map(model);
        SignInTables.Map(model);
        ProtocolLogTables.Map(model);
        Map(model);
        FilterByTenant(model);
    }

    private static void Map(ModelBuilder model)
    {
        model.Entity<Tenant>(e =>
        {
            e.ToTable("tenant");
            e.Property(t => t.Slug).UseCollation("C");
            e.HasIndex(t => t.Slug).IsUnique();
            e.Property(t => t.CreatedAt).HasDefaultValueSql("now()");
            e.Property(t => t.UpdatedAt).HasDefaultValueSql("now()");
            MapAccess(e.ComplexProperty(t => t.Access));
            MapSignIn(e.ComplexProperty(t => t.SignIn));
            e.Property(t => t.AccountPasswordForMail).HasDefaultValue(true);
            e.ToTable(t => t.HasCheckConstraint("tenant_says_on_or_off", "pop3 in (1, 2) and imap in (1, 2) and smtp in (1, 2)"));
        });
        model.Entity<Domain>(e =>
        {
            MapOwned(e, "domain");
            e.Property(d => d.Name).UseCollation("C");
            e.HasIndex(d => d.Name).IsUnique().HasFilter("active_since is not null");
            e.HasIndex(d => new { d.TenantId, d.Name }).IsUnique();
            e.HasIndex(d => d.NextCheckAt).HasFilter("active_since is null");
            e.Property(d => d.ClaimedAt).HasDefaultValueSql("now()");
            MapAccess(e.ComplexProperty(d => d.Access));
        });
        model.Entity<Plan>(e =>
        {
            MapOwned(e, "plan");
            e.HasIndex(p => new { p.TenantId, p.Name }).IsUnique();
            MapAccess(e.ComplexProperty(p => p.Access));
            MapPreferences(e.ComplexProperty(p => p.Preferences));
        });
        model.Entity<PodDelay>(e =>
        {
            e.ToTable("pod_delay");
            e.HasKey(d => new { d.TenantId, d.PodId, d.Kind, d.Slot, d.Bucket });
            e.HasOne<Pod>().WithMany().HasForeignKey(d => new { d.TenantId, d.PodId }).OnDelete(DeleteBehavior.Cascade);
        });
        model.Entity<Pod>(e =>
        {
            MapOwned(e, "pod");
            // TLS from the first octet, and what an older build, which does not name it, means. Rows are always written with a value.
            e.Property(p => p.Security).HasDefaultValue(ConnectionSecurity.ImplicitTls).ValueGeneratedNever();
            e.Property(p => p.Pop3Port).HasColumnName("pop3_port");
            e.HasIndex(p => new { p.TenantId, p.Name }).IsUnique();
        });
        model.Entity<Mailbox>(MapMailbox);
        model.Entity<MailboxAlias>(e =>
        {
            e.ToTable("mailbox_alias");
            e.HasKey(a => new { a.TenantId, a.Address });
            e.Property(a => a.Address).UseCollation("C");
            e.HasOne<Mailbox>().WithMany(m => m.Aliases).HasForeignKey(a => new { a.TenantId, a.MailboxId }).OnDelete(DeleteBehavior.Cascade);
        });
        model.Entity<AccessException>(e =>
        {
            MapOwned(e, "access_exception");
            BelongsToMailbox(e, x => new { x.TenantId, x.MailboxId });
            e.Property(x => x.CreatedAt).HasDefaultValueSql("now()");
            e.ToTable(t => t.HasCheckConstraint("allow_must_end", "effect <> 1 or ends_at is not null"));
        });
        model.Entity<MailEndpoint>(e =>
        {
            MapOwned(e, "mail_endpoint");
            e.HasOne<Domain>().WithMany().HasForeignKey(x => new { x.TenantId, x.DomainId }).OnDelete(DeleteBehavior.Cascade);
            e.HasOne<Mailbox>().WithMany().HasForeignKey(x => new { x.TenantId, x.MailboxId }).OnDelete(DeleteBehavior.Cascade);
            e.ToTable(t => t.HasCheckConstraint("custom_has_host", "preset = 1 or (host is not null and port between 1 and 65535)"));
        });
        model.Entity<MailboxScram>(e =>
        {
            e.ToTable("mailbox_scram");
            e.HasKey(s => new { s.TenantId, s.MailboxId });
            BelongsToMailbox(e, s => new { s.TenantId, s.MailboxId });
        });
        model.Entity<MailCredential>(e =>
        {
            MapOwned(e, "mail_credential");
            BelongsToMailbox(e, c => new { c.TenantId, c.MailboxId });
            e.PrimitiveCollection(c => c.Protocols).HasDefaultValueSql("'{1,2,3}'").ElementType(protocol => protocol.HasConversion<short>());
            e.Property(c => c.Networks).HasDefaultValueSql("'{}'");
            e.Property(c => c.CreatedBy).HasDefaultValue("");
            e.Property(c => c.CreatedAt).HasDefaultValueSql("now()");
        });
        model.Entity<ServiceCredential>(e =>
        {
            MapOwned(e, "service_credential");
            e.HasOne<Pod>().WithMany().HasForeignKey(c => new { c.TenantId, c.PodId }).OnDelete(DeleteBehavior.Cascade);
            e.Property(c => c.UserName).UseCollation("C");
            e.HasIndex(c => c.UserName).IsUnique().HasFilter("password_hash is not null");
            e.Property(c => c.CreatedAt).HasDefaultValueSql("now()");
        });
        model.Entity<AuditEvent>(e =>
        {
            e.ToTable("audit_event");
            e.HasKey(a => new { a.TenantId, a.Id });
            e.Property(a => a.Id).UseIdentityAlwaysColumn();
            e.Property(a => a.At).HasDefaultValueSql("now()");
            e.HasOne<Tenant>().WithMany().HasForeignKey(a => a.TenantId).OnDelete(DeleteBehavior.Restrict);
            e.HasIndex(a => new { a.TenantId, a.TargetId, a.Id });
        });
        model.Entity<AuditSeal>(e =>
        {
            e.ToTable("audit_seal");
            e.HasKey(s => new { s.TenantId, s.Number });
            e.Property(s => s.Number).ValueGeneratedNever();
            e.HasOne<Tenant>().WithMany().HasForeignKey(s => s.TenantId).OnDelete(DeleteBehavior.Restrict);
            e.HasIndex(s => new { s.TenantId, s.FirstEvent, s.Number });
        });
        model.Entity<AuditRetention>(e =>
        {
            e.ToTable("audit_retention", t => t.HasCheckConstraint("audit_is_kept_a_while", $"keep_days between {AuditRetention.FewestDays} and {AuditRetention.MostDays}"));
            e.HasKey(r => r.TenantId);
            e.HasOne<Tenant>().WithMany().HasForeignKey(r => r.TenantId).OnDelete(DeleteBehavior.Cascade);
        });
        model.Entity<ChangeFeedEntry>(e =>
        {
            e.ToTable("change_feed");
            e.HasKey(c => new { c.TenantId, c.Id });
            e.Property(c => c.Id).UseIdentityAlwaysColumn();
            e.Property(c => c.At).HasDefaultValueSql("now()");
            e.HasIndex(c => c.Id);
        });
        model.Entity<Operation>(e =>
        {
            MapOwned(e, "operation");
            e.Property(o => o.CreatedAt).HasDefaultValueSql("now()");
            e.HasIndex(o => new { o.State, o.CreatedAt }).HasFilter("state in (1, 2)");
        });
        model.Entity<OperationItem>(e =>
        {
            e.ToTable("operation_item");
            e.HasKey(i => new { i.TenantId, i.OperationId, i.Position });
            e.HasOne<Operation>().WithMany().HasForeignKey(i => new { i.TenantId, i.OperationId }).OnDelete(DeleteBehavior.Cascade);
        });
        model.Entity<Import>(e =>
        {
            MapOwned(e, "import");
            e.Property(i => i.CreatedAt).HasDefaultValueSql("now()");
        });
        model.Entity<ImportChunk>(e =>
        {
            e.ToTable("import_chunk");
            e.HasKey(c => new { c.TenantId, c.ImportId, c.Position });
            e.HasOne<Import>().WithMany().HasForeignKey(c => new { c.TenantId, c.ImportId }).OnDelete(DeleteBehavior.Cascade);
        });
        model.Entity<Member>(e =>
        {
            e.ToTable("member");
            e.HasKey(m => new { m.TenantId, m.UserId });
            e.Property(m => m.CreatedAt).HasDefaultValueSql("now()");
            e.HasOne<Tenant>().WithMany().HasForeignKey(m => m.TenantId).OnDelete(DeleteBehavior.Cascade);
            e.HasOne<PortalUser>().WithMany().HasForeignKey(m => m.UserId).OnDelete(DeleteBehavior.Cascade);
        });
        model.Entity<ApiToken>(e =>
        {
            e.ToTable("api_token");
            e.HasIndex(t => t.Hash).IsUnique();
            e.HasIndex(t => t.PreviousHash).IsUnique().HasFilter("previous_hash is not null");
            e.Property(t => t.Networks).HasDefaultValueSql("'{}'");
            e.Property(t => t.CreatedAt).HasDefaultValueSql("now()");
            e.HasOne<Tenant>().WithMany().HasForeignKey(t => t.TenantId).OnDelete(DeleteBehavior.Cascade);
            e.HasOne<PortalUser>().WithMany().HasForeignKey(t => t.UserId).OnDelete(DeleteBehavior.Cascade);
        });
        model.Entity<IdempotencyRecord>(e =>
        {
            e.ToTable("idempotency_record");
            e.HasKey(r => new { r.TenantId, r.ActorId, r.Key });
            e.Property(r => r.CreatedAt).HasDefaultValueSql("now()");
            e.HasIndex(r => r.CreatedAt);
        });
        model.Entity<SignInAttempt>(e =>
        {
            MapOwned(e, "sign_in_attempt");
            BelongsToMailbox(e, a => new { a.TenantId, a.MailboxId });
            e.HasIndex(a => new { a.TenantId, a.MailboxId, a.Protocol, a.Result, a.RemoteAddress, a.Mechanism }).IsUnique();
        });
        model.Entity<ConnectivityCheck>(e =>
        {
            MapOwned(e, "connectivity_check");
            BelongsToMailbox(e, c => new { c.TenantId, c.MailboxId });
            e.Property(c => c.At).HasDefaultValueSql("now()");
            e.HasIndex(c => new { c.TenantId, c.MailboxId, c.Protocol, c.At });
        });
        MapMailStore(model);
        RelayTables.Map(model);
        PeopleTables.Map(model);
        SignInProviderTables.Map(model);
        model.Entity<DataProtectionKey>().ToTable("data_protection_key");

        foreach (var type in model.Model.GetEntityTypes().Where(t => typeof(IVersioned).IsAssignableFrom(t.ClrType)))
            model.Entity(type.ClrType).Property(nameof(IVersioned.Version)).IsConcurrencyToken();
    }

    private static void MapMailStore(ModelBuilder model)
    {
        model.Entity<MailStore>(e =>
        {
            e.ToTable("mail_store");
            e.HasKey(s => new { s.TenantId, s.MailboxId });
            BelongsToMailbox(e, s => new { s.TenantId, s.MailboxId });
        });
        model.Entity<MailFolder>(e =>
        {
            MapOwned(e, "mail_folder");
            BelongsToMailbox(e, f => new { f.TenantId, f.MailboxId });
            e.Property(f => f.Name).UseCollation("C");
            e.HasIndex(f => new { f.TenantId, f.MailboxId, f.Name }).IsUnique();
            // Every message that arrives updates this row; no index holds what changes, and its page keeps room (HOT).
            e.HasStorageParameter("fillfactor", 70);
        });
        model.Entity<MailSubscription>(e =>
        {
            e.ToTable("mail_subscription");
            e.HasKey(s => new { s.TenantId, s.MailboxId, s.Name });
            e.Property(s => s.Name).UseCollation("C");
            BelongsToMailbox(e, s => new { s.TenantId, s.MailboxId });
        });
        model.Entity<MailMessage>(e =>
        {
            e.ToTable("mail_message");
            e.HasKey(m => new { m.TenantId, m.FolderId, m.Uid });
            e.HasOne<MailFolder>().WithMany().HasForeignKey(m => new { m.TenantId, m.FolderId }).OnDelete(DeleteBehavior.Cascade);
            e.HasOne<MailContent>().WithMany().HasForeignKey(m => new { m.TenantId, m.ContentId }).OnDelete(DeleteBehavior.Restrict);
            // What happened since a mod-sequence is asked after every change.
            e.HasIndex(m => new { m.TenantId, m.FolderId, m.ModSeq });
        });
        model.Entity<MailExpunged>(e =>
        {
            e.ToTable("mail_expunged");
            e.HasKey(x => new { x.TenantId, x.FolderId, x.Uid });
            e.HasOne<MailFolder>().WithMany().HasForeignKey(x => new { x.TenantId, x.FolderId }).OnDelete(DeleteBehavior.Cascade);
            e.HasIndex(x => new { x.TenantId, x.FolderId, x.ModSeq });
        });
        model.Entity<MailContent>(e =>
        {
            MapOwned(e, "mail_content");
            e.Property(c => c.CreatedAt).HasDefaultValueSql("now()");
        });
        model.Entity<MailGarbage>(e =>
        {
            e.ToTable("mail_garbage");
            e.HasKey(g => new { g.TenantId, g.ContentId });
            e.Property(g => g.Since).HasDefaultValueSql("now()");
            e.HasOne<MailContent>().WithMany().HasForeignKey(g => new { g.TenantId, g.ContentId }).OnDelete(DeleteBehavior.Cascade);
            e.HasIndex(g => g.Since);
        });
    }

    private static void MapMailbox(EntityTypeBuilder<Mailbox> e)
    {
        MapOwned(e, "mailbox");
        e.Property(m => m.Address).UseCollation("C");
        e.Property(m => m.SortName).UseCollation("C").HasComputedColumnSql("lower(display_name) collate \"C\"", stored: true);
        e.Property(m => m.UserPrincipalName).UseCollation("C");
        e.Property(m => m.ExchangeName).UseCollation("C");
        e.Property(m => m.ExternalId).UseCollation("C");
        e.Property(m => m.CreatedAt).HasDefaultValueSql("now()");
        e.Property(m => m.UpdatedAt).HasDefaultValueSql("now()");
        MapAccess(e.ComplexProperty(m => m.Access));
        MapPreferences(e.ComplexProperty(m => m.Preferences));

        e.HasIndex(m => new { m.TenantId, m.Address }).IsUnique();
        e.HasIndex(m => new { m.TenantId, m.SortName, m.Id });
        e.HasIndex(m => new { m.TenantId, m.ExternalId }).HasFilter("external_id is not null");
        e.HasIndex(m => new { m.TenantId, m.ExchangeGuid }).HasFilter("exchange_guid is not null");
        e.HasIndex(m => new { m.TenantId, m.UserPrincipalName }).HasFilter("user_principal_name is not null");
        e.HasIndex(m => new { m.TenantId, m.ExchangeName }).HasFilter("exchange_name is not null");
        e.HasIndex(m => new { m.TenantId, m.PlanId }).HasFilter("plan_id is not null");
        e.HasIndex(m => new { m.TenantId, m.DomainId });
        e.HasIndex(m => m.UserId).HasFilter("user_id is not null");

        e.HasOne<Domain>().WithMany().HasForeignKey(m => new { m.TenantId, m.DomainId }).OnDelete(DeleteBehavior.Restrict);
        e.HasOne<Plan>().WithMany().HasForeignKey(m => new { m.TenantId, m.PlanId }).OnDelete(DeleteBehavior.Restrict);
        e.HasOne<Pod>().WithMany().HasForeignKey(m => new { m.TenantId, m.PodId }).OnDelete(DeleteBehavior.Restrict);
        e.HasOne<PortalUser>().WithMany().HasForeignKey(m => m.UserId).OnDelete(DeleteBehavior.SetNull);
        // Single toggles stay on their page (HOT): no index holds the switches, and pages keep room.
        e.HasStorageParameter("fillfactor", 85);
    }

    internal static void MapOwned<T>(EntityTypeBuilder<T> e, string table) where T : class, ITenantOwned
    {
        e.ToTable(table);
        e.HasKey("TenantId", "Id");
        e.Property("Id").ValueGeneratedOnAdd();
        e.HasOne<Tenant>().WithMany().HasForeignKey(x => x.TenantId).OnDelete(DeleteBehavior.Restrict);
    }

    private static void BelongsToMailbox<T>(EntityTypeBuilder<T> e, System.Linq.Expressions.Expression<Func<T, object?>> key) where T : class =>
        e.HasOne<Mailbox>().WithMany().HasForeignKey(key).OnDelete(DeleteBehavior.Cascade);

    private static void MapAccess(ComplexPropertyBuilder<AccessSettings> access)
    {
        access.Property(a => a.Pop3).HasColumnName("pop3");
        access.Property(a => a.Imap).HasColumnName("imap");
        access.Property(a => a.Smtp).HasColumnName("smtp");
    }

    private static void MapSignIn(ComplexPropertyBuilder<SignInPolicy> policy)
    {
        policy.Property(p => p.RequireSecondFactor).HasColumnName("require_second_factor");
        policy.Property(p => p.PasswordSignIn).HasColumnName("password_sign_in");
    }

    private static void MapPreferences(ComplexPropertyBuilder<ClientPreferences> preferences)
    {
        preferences.Property(p => p.SendReceive).HasColumnName("send_receive");
        preferences.Property(p => p.IntervalMinutes).HasColumnName("interval_minutes");
        preferences.Property(p => p.KeepCopyOnServer).HasColumnName("keep_copy_on_server");
        preferences.Property(p => p.UseIdle).HasColumnName("use_idle");
        preferences.Property(p => p.AfterDownload).HasColumnName("after_download");
    }

    private void FilterByTenant(ModelBuilder model)
    {
        foreach (var type in model.Model.GetEntityTypes().Where(t => typeof(ITenantOwned).IsAssignableFrom(t.ClrType)).ToList())
            typeof(PortalDbContext).GetMethod(nameof(FilterOwned), System.Reflection.BindingFlags.Instance | System.Reflection.BindingFlags.NonPublic)!
                .MakeGenericMethod(type.ClrType).Invoke(this, [model]);
        model.Entity<Tenant>().HasQueryFilter(t => t.Id == scope.TenantId);
        model.Entity<ApiToken>().HasQueryFilter(t => t.TenantId == scope.TenantId);
        model.Entity<QueuedMail>().HasQueryFilter(m => m.TenantId == scope.TenantId);
    }

    private void FilterOwned<T>(ModelBuilder model) where T : class, ITenantOwned =>
        model.Entity<T>().HasQueryFilter(row => row.TenantId == scope.TenantId);
}
