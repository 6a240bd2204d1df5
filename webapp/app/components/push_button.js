// Lets this browser show notifications, or ends that; the page hears what the browser decided.
import { view } from "moments/view.js";

const bytes = (text) => {
  const plain = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  return Uint8Array.from(plain, (character) => character.charCodeAt(0));
};

async function subscription() {
  const registration = await navigator.serviceWorker.ready;
  return { push: registration.pushManager, now: await registration.pushManager.getSubscription() };
}

export default {
  props: { publicKey: String },
  emits: ["added", "removed", "refused"],
  data: () => ({ isOn: false, isBusy: false, isPossible: true }),
  async mounted() {
    this.isPossible = "PushManager" in globalThis && "Notification" in globalThis;
    if (!this.isPossible) return;
    const { now } = await subscription();
    this.isOn = now !== null && Notification.permission === "granted";
    if (this.isOn) this.$emit("added", now.toJSON()); // whoever is signed in here now gets them
  },
  methods: {
    async press() {
      this.isBusy = true;
      try {
        await (this.isOn ? this.remove() : this.add());
      } catch (error) {
        this.$emit("refused", error.message);
      } finally {
        this.isBusy = false;
      }
    },
    async add() {
      if (await Notification.requestPermission() !== "granted") {
        throw new Error("Allow notifications for this site in the browser's settings.");
      }
      const { push } = await subscription();
      const options = { userVisibleOnly: true, applicationServerKey: bytes(this.publicKey) };
      const made = await push.subscribe(options).catch(async (error) => {
        const old = await push.getSubscription(); // of another key
        if (!old) throw error;
        await old.unsubscribe();
        return push.subscribe(options);
      });
      this.isOn = true;
      this.$emit("added", made.toJSON());
    },
    async remove() {
      const { now } = await subscription();
      await now?.unsubscribe();
      this.isOn = false;
      if (now) this.$emit("removed", now.endpoint);
    },
  },
  render() {
    if (!this.isPossible) {
      return view`<p class="m-2 m-sm">This browser cannot show notifications.</p>`;
    }
    const label = this.isOn ? "Stop in this browser" : "Show in this browser";
    return view`<button type="button" class="m-btn" disabled=${this.isBusy} onClick=${this.press}>
      ${label}
    </button>`;
  },
};
