import { Component, type ReactNode, StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { App } from "./app";
import "./style.css";

/** A fault in one part of the page must not leave a blank screen: what was typed is kept, and a call is brought back. */
class Rescue extends Component<{ children: ReactNode }, { broken: boolean }> {
  override state = { broken: false };
  static getDerivedStateFromError() {
    return { broken: true };
  }
  override render() {
    if (!this.state.broken) return this.props.children;
    return (
      <main id="main" className="sign-in">
        <h1>银铃</h1>
        <p role="alert">
          页面出错了。写好的内容还在；刷新后，通话会接回来。 The page has failed. What you wrote is kept; after a reload the
          call comes back.
        </p>
        <button type="button" className="main" autoFocus onClick={() => location.reload()}>
          刷新 Reload
        </button>
      </main>
    );
  }
}

const root = document.getElementById("root");
if (root) {
  createRoot(root).render(
    <StrictMode>
      <Rescue>
        <App />
      </Rescue>
    </StrictMode>,
  );
}
